import { bodySizeBytes } from '../../blob-body.ts'
import type { BlobKey } from '../../blob-key.ts'
import { listSpan } from '../../blob-query.ts'
import type {
  BlobBody,
  BlobInfo,
  BlobPage,
  BlobPresigner,
  BlobReader,
  BlobStore,
  ByteRange,
  CallOptions,
  ListQuery,
  PutOptions,
  PutOutcome,
} from '../../blob-store.ts'
import { BlobNotFoundError, BlobOperationUnsupportedError } from '../../blob-store-errors.ts'
import { exactReader } from '../remote/exact-body.ts'
import { ObjectNames } from '../remote/object-names.ts'
import { isRange, refuseRange } from '../remote/refuse-range.ts'
import { defaultIdleTimeoutMs, RemoteCall } from '../remote/remote-call.ts'
import { contentMd5, S3Connection } from './s3-connection.ts'
import type { S3Service } from './s3-connection.ts'
import { hasCode, isNotFound, parseXml, S3Failure, translateS3 } from './s3-errors.ts'
import { S3Multipart } from './s3-multipart.ts'

export interface S3BlobStoreOptions extends S3Service {
  /** The path in the bucket under which everything lies; '' for the bucket itself. */
  readonly folder: string
  /** Whether the service is known to honour `If-None-Match`. Default true. */
  readonly createIfAbsent?: boolean
  /** Default 60,000. */
  readonly idleTimeoutMs?: number
}

/** Objects of a service that speaks S3: put, get, range, head, ListObjectsV2, delete, multipart. */
export class S3BlobStore implements BlobStore {
  readonly supportsCreateIfAbsent: boolean
  readonly multipart: S3Multipart
  readonly presigner: BlobPresigner
  readonly #names: ObjectNames
  readonly #connection: S3Connection
  readonly #idleTimeoutMs: number

  constructor(options: S3BlobStoreOptions) {
    this.supportsCreateIfAbsent = options.createIfAbsent ?? true
    this.#names = new ObjectNames(options.folder)
    this.#connection = new S3Connection(options)
    this.#idleTimeoutMs = options.idleTimeoutMs ?? defaultIdleTimeoutMs
    this.multipart = new S3Multipart(this.#connection, this.#names, this.#idleTimeoutMs)
    this.presigner = presigner(this.#connection, this.#names)
  }

  async put(key: BlobKey, body: BlobBody, options: PutOptions = {}): Promise<PutOutcome> {
    const name = this.#names.nameOf(key)
    const ifAbsent = options.ifAbsent === true
    if (ifAbsent && !this.supportsCreateIfAbsent)
      throw new BlobOperationUnsupportedError('ifAbsent')
    const headers = { ...contentMd5(body), ...(ifAbsent && { 'if-none-match': '*' }) }
    return this.#call('put', options, async (call) => {
      const sent = { sizeBytes: bodySizeBytes(body), chunks: call.body(key, body, options.signal) }
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
    })
  }

  async get(key: BlobKey, options: CallOptions = {}): Promise<BlobReader> {
    const answer = await this.#open('get', key, {}, [200], options)
    return exactReader(answer.body, Number(answer.headers['content-length']), this.#timed(options))
  }

  async range(key: BlobKey, range: ByteRange, options: CallOptions = {}): Promise<BlobReader> {
    const { start, end } = range
    if (!isRange(range)) return refuseRange(this, key, range, options)
    const headers = { range: `bytes=${start}-${end - 1}` }
    const answer = await this.#open('range', key, headers, [206, 416], options)
    if (answer.headers['content-range']?.startsWith(`bytes ${start}-${end - 1}/`) !== true) {
      answer.body.destroy()
      return refuseRange(this, key, range, options)
    }
    return exactReader(answer.body, end - start, this.#timed(options))
  }

  async head(key: BlobKey, options: CallOptions = {}): Promise<BlobInfo | undefined> {
    const name = this.#names.nameOf(key)
    return this.#call('head', options, async (call) => {
      try {
        const request = { method: 'HEAD', name, expect: [200] } as const
        const { headers } = (await this.#connection.ask(request, call)).answer
        const modifiedAt = new Date(headers['last-modified'] ?? '')
        const sizeBytes = Number(headers['content-length'])
        if (!Number.isSafeInteger(sizeBytes)) throw new S3Failure(200, 'no length')
        return { key, sizeBytes, modifiedAt }
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    })
  }

  async list(query: ListQuery = {}): Promise<BlobPage> {
    const span = listSpan(query)
    return this.#call('list', query, async (call) => {
      const request = {
        'list-type': '2',
        prefix: this.#names.prefix + span.prefix,
        'max-keys': String(span.limit),
        ...(span.after !== '' && { 'start-after': this.#names.prefix + span.after }),
      }
      const asked = { method: 'GET', name: '', query: request, expect: [200] } as const
      const { text } = await this.#connection.ask(asked, call)
      return this.#page(parseXml(text, 'ListBucketResult'))
    })
  }

  async delete(key: BlobKey, options: CallOptions = {}): Promise<void> {
    const name = this.#names.nameOf(key)
    await this.#call('delete', options, async (call) => {
      try {
        await this.#connection.ask({ method: 'DELETE', name, expect: [200, 204] }, call)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    })
  }

  async findSpace(): Promise<undefined> {
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]()
  }

  #page(result: Record<string, unknown>): BlobPage {
    const contents = (result['Contents'] ?? []) as readonly Record<string, string>[]
    const items = contents.flatMap(({ Key = '', Size, LastModified = '' }) => {
      const key = this.#names.findKey(Key)
      return key ? [{ key, sizeBytes: Number(Size), modifiedAt: new Date(LastModified) }] : []
    })
    // The cursor is the last name, ours or not, so that a page of foreign objects is got over.
    const last = contents.at(-1)?.['Key']?.slice(this.#names.prefix.length)
    return { items, nextCursor: result['IsTruncated'] === 'true' ? last : undefined }
  }

  #open(
    operation: string,
    key: BlobKey,
    headers: Readonly<Record<string, string>>,
    expect: readonly number[],
    options: CallOptions,
  ) {
    const name = this.#names.nameOf(key)
    return this.#call(operation, options, async (call) => {
      try {
        return await this.#connection.send({ method: 'GET', name, headers, expect }, call)
      } catch (error) {
        throw isNotFound(error) ? new BlobNotFoundError(key, { cause: error }) : error
      }
    })
  }

  #timed(options: CallOptions) {
    return { ...options, idleTimeoutMs: this.#idleTimeoutMs }
  }

  #call<T>(operation: string, options: CallOptions, work: (call: RemoteCall) => Promise<T>) {
    return RemoteCall.run(operation, this.#timed(options), translateS3(operation), work)
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
