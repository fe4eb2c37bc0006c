import { bodySizeBytes } from '../../blob-body.ts'
import type { ListSpan } from '../../blob-query.ts'
import type { BlobPresigner, ByteRange, PutOutcome } from '../../blob-store.ts'
import { BlobOperationUnsupportedError } from '../../blob-store-errors.ts'
import type { ObjectNames } from '../remote/object-names.ts'
import { openedObject, rangeRequest } from '../remote/opened-object.ts'
import type { OpenedObject } from '../remote/opened-object.ts'
import { RemoteBlobStore } from '../remote/remote-blob-store.ts'
import type {
  NewObject,
  RemoteBlobStoreOptions,
  RemoteObject,
  RemotePage,
} from '../remote/remote-blob-store.ts'
import type { RemoteCall } from '../remote/remote-call.ts'
import { ServiceFailure } from '../remote/service-failure.ts'
import { contentMd5, S3Connection } from './s3-connection.ts'
import type { S3Service } from './s3-connection.ts'
import { hasCode, isNotFound, parseXml, translateS3 } from './s3-errors.ts'
import { S3Multipart } from './s3-multipart.ts'

/** `createIfAbsent`: whether the service is known to honour `If-None-Match`. */
export interface S3BlobStoreOptions extends S3Service, RemoteBlobStoreOptions {}

/** Objects of a service that speaks S3: put, get, range, head, ListObjectsV2, delete, multipart. */
export class S3BlobStore extends RemoteBlobStore {
  readonly multipart: S3Multipart
  readonly presigner: BlobPresigner
  readonly #connection: S3Connection

  constructor(options: S3BlobStoreOptions) {
    super(options, translateS3)
    this.#connection = new S3Connection(options)
    this.multipart = new S3Multipart(this.#connection, this.names, this.calls)
    this.presigner = presigner(this.#connection, this.names)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]()
  }

  protected async putObject(object: NewObject, call: RemoteCall): Promise<PutOutcome> {
    const { key, name, body, ifAbsent, signal } = object
    const headers = { ...contentMd5(body), ...(ifAbsent && { 'if-none-match': '*' }) }
    const sent = { sizeBytes: bodySizeBytes(body), chunks: call.body(key, body, signal) }
    try {
      const request = { method: 'PUT', name, headers, body: sent, expect: [200] } as const
      await this.#connection.ask(request, call)
      return { kind: 'stored' }
    } catch (error) {
      if (ifAbsent && hasCode(error, 'PreconditionFailed', 'HTTP 412')) return { kind: 'exists' }
      if (ifAbsent && hasCode(error, 'NotImplemented', 'HTTP 501'))
        throw new BlobOperationUnsupportedError('ifAbsent')
      throw error
    }
  }

  protected async openObject(name: string, call: RemoteCall): Promise<OpenedObject> {
    const request = { method: 'GET', name, expect: [200] } as const
    return openedObject(await this.#connection.send(request, call))
  }

  protected async openRange(
    name: string,
    range: ByteRange,
    call: RemoteCall,
  ): Promise<OpenedObject> {
    const request = { method: 'GET', name, ...rangeRequest(range) } as const
    return openedObject(await this.#connection.send(request, call))
  }

  protected async findObject(name: string, call: RemoteCall): Promise<RemoteObject | undefined> {
    try {
      const request = { method: 'HEAD', name, expect: [200] } as const
      const { headers } = (await this.#connection.ask(request, call)).answer
      const modifiedAt = new Date(headers['last-modified'] ?? '')
      const sizeBytes = Number(headers['content-length'])
      if (!Number.isSafeInteger(sizeBytes)) throw new ServiceFailure(200, 'no length')
      return { sizeBytes, modifiedAt }
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  protected async listObjects(span: ListSpan, call: RemoteCall): Promise<RemotePage> {
    const query = {
      'list-type': '2',
      prefix: span.prefix,
      'max-keys': String(span.limit),
      ...(span.after !== '' && { 'start-after': this.names.prefix + span.after }),
    }
    const request = { method: 'GET', name: '', query, expect: [200] } as const
    const { text } = await this.#connection.ask(request, call)
    return this.#page(parseXml(text, 'ListBucketResult'))
  }

  protected async deleteObject(name: string, call: RemoteCall): Promise<void> {
    try {
      await this.#connection.ask({ method: 'DELETE', name, expect: [200, 204] }, call)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  protected isNotFound(error: unknown): boolean {
    return isNotFound(error)
  }

  #page(result: Record<string, unknown>): RemotePage {
    const contents = (result['Contents'] ?? []) as readonly Record<string, string>[]
    const objects = contents.map(({ Key = '', Size, LastModified = '' }) => ({
      name: Key,
      sizeBytes: Number(Size),
      modifiedAt: new Date(LastModified),
    }))
    // The cursor is the last name, ours or not, so that a page of foreign objects is got over.
    const last = objects.at(-1)?.name.slice(this.names.prefix.length)
    return { objects, nextCursor: result['IsTruncated'] === 'true' ? last : undefined }
  }
}

function presigner(connection: S3Connection, names: ObjectNames): BlobPresigner {
  return {
    async presignGet(key, { expiresInSeconds, contentDisposition, contentType }) {
      return connection.sign('GET', names.nameOf(key), expiresInSeconds, {
        ...(contentDisposition !== undefined && {
          'response-content-disposition': contentDisposition,
        }),
        ...(contentType !== undefined && { 'response-content-type': contentType }),
      })
    },
    async presignPut(key, { expiresInSeconds }) {
      return { url: await connection.sign('PUT', names.nameOf(key), expiresInSeconds), headers: {} }
    },
  }
}
