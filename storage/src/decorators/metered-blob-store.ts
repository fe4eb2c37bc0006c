import { pipeline, Transform } from 'node:stream'
import { bodySizeBytes } from '../blob-body.ts'
import type { BlobKey } from '../blob-key.ts'
import type {
  BlobBody,
  BlobInfo,
  BlobMultipart,
  BlobPage,
  BlobPart,
  BlobPresigner,
  BlobReader,
  BlobStore,
  BlobUpload,
  ByteRange,
  CallOptions,
  ListQuery,
  PutOptions,
  PutOutcome,
  StoreSpace,
} from '../blob-store.ts'

export type BlobOperation =
  | 'put'
  | 'get'
  | 'range'
  | 'head'
  | 'list'
  | 'delete'
  | 'create-upload'
  | 'put-part'
  | 'complete-upload'
  | 'abort-upload'

export interface BlobMeasurement {
  readonly operation: BlobOperation
  /** From the call to its answer; for `get` and `range` to the end of the body. */
  readonly durationMs: number
  /** What the caller sent or received, 0 for a failed write. */
  readonly sizeBytes: number
  /** `aborted`: the caller lost interest, by its signal or by destroying the body. */
  readonly outcome: 'ok' | 'failed' | 'aborted'
  /** What it failed with. */
  readonly error: unknown
}

export interface MeterOptions {
  /** Called once for every call when it is over. Must not throw. */
  readonly record: (measurement: BlobMeasurement) => void
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: () => number
}

/** Measures every call. Around a retrying store it sees what callers see, inside it each attempt. */
export class MeteredBlobStore implements BlobStore {
  readonly supportsCreateIfAbsent: boolean
  readonly presigner: BlobPresigner | undefined
  readonly multipart: BlobMultipart
  readonly #store: BlobStore
  readonly #meter: Meter

  /** Owns `store`: disposing of this disposes of it. */
  constructor(store: BlobStore, options: MeterOptions) {
    this.#store = store
    this.#meter = new Meter(options)
    this.supportsCreateIfAbsent = store.supportsCreateIfAbsent
    this.presigner = store.presigner
    this.multipart = new MeteredMultipart(store.multipart, this.#meter)
  }

  put(key: BlobKey, body: BlobBody, options?: PutOptions): Promise<PutOutcome> {
    const size = (outcome: PutOutcome): number =>
      outcome.kind === 'stored' ? bodySizeBytes(body) : 0
    return this.#meter.call('put', options, () => this.#store.put(key, body, options), size)
  }

  get(key: BlobKey, options?: CallOptions): Promise<BlobReader> {
    return this.#meter.reader('get', options, () => this.#store.get(key, options))
  }

  range(key: BlobKey, range: ByteRange, options?: CallOptions): Promise<BlobReader> {
    return this.#meter.reader('range', options, () => this.#store.range(key, range, options))
  }

  head(key: BlobKey, options?: CallOptions): Promise<BlobInfo | undefined> {
    return this.#meter.call('head', options, () => this.#store.head(key, options))
  }

  list(query?: ListQuery): Promise<BlobPage> {
    return this.#meter.call('list', query, () => this.#store.list(query))
  }

  delete(key: BlobKey, options?: CallOptions): Promise<void> {
    return this.#meter.call('delete', options, () => this.#store.delete(key, options))
  }

  findSpace(): Promise<StoreSpace | undefined> {
    return this.#store.findSpace()
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]()
  }
}

class MeteredMultipart implements BlobMultipart {
  readonly #multipart: BlobMultipart
  readonly #meter: Meter

  constructor(multipart: BlobMultipart, meter: Meter) {
    this.#multipart = multipart
    this.#meter = meter
  }

  get limits(): BlobMultipart['limits'] {
    return this.#multipart.limits
  }

  create(key: BlobKey, options?: CallOptions): Promise<BlobUpload> {
    return this.#meter.call('create-upload', options, () => this.#multipart.create(key, options))
  }

  putPart(
    upload: BlobUpload,
    partNumber: number,
    body: BlobBody,
    options?: CallOptions,
  ): Promise<BlobPart> {
    const send = (): Promise<BlobPart> => this.#multipart.putPart(upload, partNumber, body, options)
    return this.#meter.call('put-part', options, send, (part) => part.sizeBytes)
  }

  complete(upload: BlobUpload, parts: readonly BlobPart[], options?: CallOptions): Promise<void> {
    const join = (): Promise<void> => this.#multipart.complete(upload, parts, options)
    return this.#meter.call('complete-upload', options, join)
  }

  abort(upload: BlobUpload, options?: CallOptions): Promise<void> {
    return this.#meter.call('abort-upload', options, () => this.#multipart.abort(upload, options))
  }
}

class Meter {
  readonly #record: (measurement: BlobMeasurement) => void
  readonly #now: () => number

  constructor(options: MeterOptions) {
    this.#record = options.record
    this.#now = options.now ?? (() => performance.now())
  }

  async call<T>(
    operation: BlobOperation,
    options: CallOptions | undefined,
    run: () => Promise<T>,
    size: (result: T) => number = () => 0,
  ): Promise<T> {
    const end = this.#begin(operation, options)
    try {
      const result = await run()
      end(size(result), undefined)
      return result
    } catch (error) {
      end(0, error)
      throw error
    }
  }

  async reader(
    operation: BlobOperation,
    options: CallOptions | undefined,
    run: () => Promise<BlobReader>,
  ): Promise<BlobReader> {
    const end = this.#begin(operation, options)
    try {
      const { sizeBytes, body } = await run()
      let passedBytes = 0
      const counter = new Transform({
        transform(chunk: Uint8Array, _encoding, done) {
          passedBytes += chunk.byteLength
          done(null, chunk)
        },
      })
      pipeline(body, counter, (error) => end(passedBytes, error ?? undefined))
      return { sizeBytes, body: counter }
    } catch (error) {
      end(0, error)
      throw error
    }
  }

  #begin(operation: BlobOperation, options: CallOptions | undefined) {
    const startedAt = this.#now()
    return (sizeBytes: number, error: unknown): void => {
      const durationMs = this.#now() - startedAt
      const aborted = options?.signal?.aborted === true || isDropped(error)
      const outcome = error === undefined ? 'ok' : aborted ? 'aborted' : 'failed'
      this.#record({ operation, durationMs, sizeBytes, outcome, error })
    }
  }
}

/** What a pipeline says when its reader left: by destroying the body, or by leaving its loop. */
function isDropped(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ABORT_ERR'
}
