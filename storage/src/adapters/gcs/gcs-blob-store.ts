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
import { StagedMultipart } from '../remote/staged-multipart.ts'
import { GcsConnection } from './gcs-connection.ts'
import type { GcsService } from './gcs-connection.ts'
import { hasStatus, translateGcs } from './gcs-errors.ts'
import { parseObject, parseObjectPage } from './gcs-object.ts'
import { gcsPresigner } from './gcs-presigner.ts'
import { GcsStagedObjects } from './gcs-staged-objects.ts'
import { uploadObject } from './gcs-upload.ts'

export interface GcsBlobStoreOptions extends GcsService {
  /** The path in the bucket under which everything lies; '' for the bucket itself. */
  readonly folder: string
  /** Whether the service is known to honour `ifGenerationMatch`. Default true. */
  readonly createIfAbsent?: boolean
  /** Default 60,000. */
  readonly idleTimeoutMs?: number
}

/** Of any object, and so of a part. */
const maxObjectBytes = 5 * 2 ** 40

/** Objects of Google Cloud Storage by its JSON API. */
export class GcsBlobStore implements BlobStore {
  readonly supportsCreateIfAbsent: boolean
  readonly multipart: StagedMultipart
  readonly presigner: BlobPresigner
  readonly #names: ObjectNames
  readonly #connection: GcsConnection
  readonly #idleTimeoutMs: number

  constructor(options: GcsBlobStoreOptions) {
    this.supportsCreateIfAbsent = options.createIfAbsent ?? true
    this.#names = new ObjectNames(options.folder)
    this.#connection = new GcsConnection(options)
    this.#idleTimeoutMs = options.idleTimeoutMs ?? defaultIdleTimeoutMs
    const staged = new GcsStagedObjects(this.#connection, this.#names, this.#idleTimeoutMs)
    this.multipart = new StagedMultipart(this.#names.prefix, maxObjectBytes, staged)
    const { endpoint } = this.#connection
    this.presigner = gcsPresigner({ ...options, endpoint }, (key) => this.#names.nameOf(key))
  }

  async put(key: BlobKey, body: BlobBody, options: PutOptions = {}): Promise<PutOutcome> {
    const name = this.#names.nameOf(key)
    const ifAbsent = options.ifAbsent === true
    if (ifAbsent && !this.supportsCreateIfAbsent)
      throw new BlobOperationUnsupportedError('ifAbsent')
    return this.#call('put', options, async (call) => {
      try {
        await uploadObject(this.#connection, { name, body, ifAbsent, signal: options.signal }, call)
        return { kind: 'stored' }
      } catch (error) {
        if (ifAbsent && hasStatus(error, 412)) return { kind: 'exists' }
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
    const url = this.#connection.objectUrl(this.#names.nameOf(key))
    return this.#call('head', options, async (call) => {
      const request = { method: 'GET', url, expect: [200, 404] } as const
      const { answer, text } = await this.#connection.ask(request, call)
      if (answer.status === 404) return undefined
      const { sizeBytes, modifiedAt } = parseObject(text)
      return { key, sizeBytes, modifiedAt }
    })
  }

  async list(query: ListQuery = {}): Promise<BlobPage> {
    const span = listSpan(query)
    return this.#call('list', query, async (call) => {
      const url = this.#connection.objectsUrl({
        prefix: this.#names.prefix + span.prefix,
        maxResults: String(span.limit),
        ...(span.after !== '' && { pageToken: span.after }),
      })
      const { text } = await this.#connection.ask({ method: 'GET', url, expect: [200] }, call)
      const page = parseObjectPage(text)
      const items = page.items.flatMap(({ name, sizeBytes, modifiedAt }): BlobInfo[] => {
        const key = this.#names.findKey(name)
        return key ? [{ key, sizeBytes, modifiedAt }] : []
      })
      return { items, nextCursor: page.nextPageToken }
    })
  }

  async delete(key: BlobKey, options: CallOptions = {}): Promise<void> {
    const url = this.#connection.objectUrl(this.#names.nameOf(key))
    const request = { method: 'DELETE', url, expect: [200, 204, 404] } as const
    await this.#call('delete', options, (call) => this.#connection.ask(request, call))
  }

  async findSpace(): Promise<undefined> {
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]()
  }

  #open(
    operation: string,
    key: BlobKey,
    headers: Readonly<Record<string, string>>,
    expect: readonly number[],
    options: CallOptions,
  ) {
    const url = this.#connection.objectUrl(this.#names.nameOf(key), { alt: 'media' })
    return this.#call(operation, options, async (call) => {
      try {
        return await this.#connection.send({ method: 'GET', url, headers, expect }, call)
      } catch (error) {
        throw hasStatus(error, 404) ? new BlobNotFoundError(key, { cause: error }) : error
      }
    })
  }

  #timed(options: CallOptions) {
    return { ...options, idleTimeoutMs: this.#idleTimeoutMs }
  }

  #call<T>(operation: string, options: CallOptions, work: (call: RemoteCall) => Promise<T>) {
    return RemoteCall.run(operation, this.#timed(options), translateGcs(operation), work)
  }
}
