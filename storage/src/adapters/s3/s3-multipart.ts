import { bodySizeBytes } from '../../blob-body.ts'
import { checkPartLimits, checkPartOrder } from '../../blob-query.ts'
import type { BlobKey } from '../../blob-key.ts'
import type {
  BlobBody,
  BlobMultipart,
  BlobPart,
  BlobUpload,
  CallOptions,
} from '../../blob-store.ts'
import { BlobUploadNotFoundError, BlobUploadPartError } from '../../blob-store-errors.ts'
import type { ObjectNames } from '../remote/object-names.ts'
import type { RemoteCalls } from '../remote/remote-calls.ts'
import { ServiceFailure } from '../remote/service-failure.ts'
import { contentMd5 } from './s3-connection.ts'
import type { S3Connection } from './s3-connection.ts'
import { hasCode, parseXml, s3Failure } from './s3-errors.ts'

/** Multipart uploads as S3 has them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export class S3Multipart implements BlobMultipart {
  readonly limits = { minPartBytes: 5 * 2 ** 20, maxPartBytes: 5 * 2 ** 30, maxParts: 10_000 }
  readonly #connection: S3Connection
  readonly #names: ObjectNames
  readonly #calls: RemoteCalls

  constructor(connection: S3Connection, names: ObjectNames, calls: RemoteCalls) {
    this.#connection = connection
    this.#names = names
    this.#calls = calls
  }

  async create(key: BlobKey, options: CallOptions = {}): Promise<BlobUpload> {
    const name = this.#names.nameOf(key)
    return this.#calls.run('create an upload', options, async (call) => {
      const request = { method: 'POST', name, query: { uploads: '' }, expect: [200] } as const
      const { text } = await this.#connection.ask(request, call)
      const uploadId = parseXml(text, 'InitiateMultipartUploadResult')['UploadId']
      if (typeof uploadId !== 'string' || uploadId === '')
        throw new ServiceFailure(200, 'no UploadId')
      return { key, uploadId }
    })
  }

  async putPart(
    upload: BlobUpload,
    partNumber: number,
    body: BlobBody,
    options: CallOptions = {},
  ): Promise<BlobPart> {
    const name = this.#nameOf(upload)
    const sizeBytes = bodySizeBytes(body)
    checkPartLimits(upload, partNumber, sizeBytes, this.limits)
    return this.#calls.run('put a part', options, async (call) => {
      const request = {
        method: 'PUT',
        name,
        query: { partNumber: String(partNumber), uploadId: upload.uploadId },
        headers: contentMd5(body),
        body: { sizeBytes, chunks: call.body(upload.key, body, options.signal) },
        expect: [200],
      } as const
      const { answer } = await this.#known(upload, this.#connection.ask(request, call))
      return { partNumber, sizeBytes, tag: answer.headers.etag ?? '' }
    })
  }

  async complete(
    upload: BlobUpload,
    parts: readonly BlobPart[],
    options: CallOptions = {},
  ): Promise<void> {
    const name = this.#nameOf(upload)
    // Services differ in what they say to the completion of an upload that is over.
    await this.#ensureKnown(upload, options)
    checkPartOrder(upload, parts)
    await this.#calls.run('complete an upload', options, async (call) => {
      const bytes = Buffer.from(completion(parts))
      const request = {
        method: 'POST',
        name,
        query: { uploadId: upload.uploadId },
        body: { sizeBytes: bytes.byteLength, chunks: call.body(upload.key, bytes) },
        expect: [200],
      } as const
      const { text } = await this.#known(upload, this.#connection.ask(request, call))
      // S3 sends the status before it knows the outcome, to keep the connection alive.
      if (!text.includes('<CompleteMultipartUploadResult')) throw s3Failure(200, text)
    })
  }

  async abort(upload: BlobUpload, options: CallOptions = {}): Promise<void> {
    const name = this.#names.nameOf(upload.key)
    if (!isUploadId(upload.uploadId)) return
    await this.#calls.run('abort an upload', options, async (call) => {
      const query = { uploadId: upload.uploadId }
      try {
        await this.#connection.ask({ method: 'DELETE', name, query, expect: [204] }, call)
      } catch (error) {
        if (!isUnknownUpload(error)) throw error
      }
    })
  }

  async #ensureKnown(upload: BlobUpload, options: CallOptions): Promise<void> {
    const name = this.#nameOf(upload)
    const query = { uploadId: upload.uploadId, 'max-parts': '1' }
    await this.#calls.run('find an upload', options, (call) =>
      this.#known(
        upload,
        this.#connection.ask({ method: 'GET', name, query, expect: [200] }, call),
      ),
    )
  }

  async #known<T>(upload: BlobUpload, asked: Promise<T>): Promise<T> {
    try {
      return await asked
    } catch (error) {
      if (isUnknownUpload(error))
        throw new BlobUploadNotFoundError(upload.uploadId, { cause: error })
      if (hasCode(error, 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'MalformedXML'))
        throw new BlobUploadPartError(upload.uploadId, undefined, (error as ServiceFailure).code)
      throw error
    }
  }

  #nameOf(upload: BlobUpload): string {
    const name = this.#names.nameOf(upload.key)
    if (!isUploadId(upload.uploadId)) throw new BlobUploadNotFoundError(upload.uploadId)
    return name
  }
}

/** Ceph says in some places that there is no such key. */
function isUnknownUpload(error: unknown): boolean {
  return hasCode(error, 'NoSuchUpload', 'NoSuchKey')
}

function isUploadId(uploadId: string): boolean {
  return /^[!-~]{1,1024}$/.test(uploadId)
}

function completion(parts: readonly BlobPart[]): string {
  const elements = parts.map(
    ({ partNumber, tag }) =>
      `<Part><PartNumber>${partNumber}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
  )
  return `<CompleteMultipartUpload>${elements.join('')}</CompleteMultipartUpload>`
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
