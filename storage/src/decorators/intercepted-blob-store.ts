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

export interface BlobCall {
  readonly operation: BlobOperation
  readonly signal: AbortSignal | undefined
  /** What is sent. */
  readonly body?: BlobBody
}

/** What is done around every call to a store. */
export interface BlobInterceptor {
  /** `storedBytes` tells of a result how many bytes were stored. */
  call<T>(call: BlobCall, run: () => Promise<T>, storedBytes: (result: T) => number): Promise<T>
  /** For `get` and `range`. */
  read(call: BlobCall, run: () => Promise<BlobReader>): Promise<BlobReader>
}

/** A store whose every call goes through an interceptor: what all decorators have in common. */
export class InterceptedBlobStore implements BlobStore {
  readonly supportsCreateIfAbsent: boolean
  readonly presigner: BlobPresigner | undefined
  readonly multipart: BlobMultipart
  readonly #store: BlobStore
  readonly #interceptor: BlobInterceptor

  /** Owns `store`: disposing of this disposes of it. */
  constructor(store: BlobStore, interceptor: BlobInterceptor) {
    this.#store = store
    this.#interceptor = interceptor
    this.supportsCreateIfAbsent = store.supportsCreateIfAbsent
    this.presigner = store.presigner
    this.multipart = new InterceptedMultipart(store.multipart, interceptor)
  }

  put(key: BlobKey, body: BlobBody, options?: PutOptions): Promise<PutOutcome> {
    const call = { ...blobCall('put', options), body }
    const storedBytes = ({ kind }: PutOutcome): number =>
      kind === 'stored' ? bodySizeBytes(body) : 0
    return this.#interceptor.call(call, () => this.#store.put(key, body, options), storedBytes)
  }

  get(key: BlobKey, options?: CallOptions): Promise<BlobReader> {
    return this.#interceptor.read(blobCall('get', options), () => this.#store.get(key, options))
  }

  range(key: BlobKey, range: ByteRange, options?: CallOptions): Promise<BlobReader> {
    const read = (): Promise<BlobReader> => this.#store.range(key, range, options)
    return this.#interceptor.read(blobCall('range', options), read)
  }

  head(key: BlobKey, options?: CallOptions): Promise<BlobInfo | undefined> {
    const head = (): Promise<BlobInfo | undefined> => this.#store.head(key, options)
    return this.#interceptor.call(blobCall('head', options), head, nothing)
  }

  list(query?: ListQuery): Promise<BlobPage> {
    return this.#interceptor.call(blobCall('list', query), () => this.#store.list(query), nothing)
  }

  delete(key: BlobKey, options?: CallOptions): Promise<void> {
    const remove = (): Promise<void> => this.#store.delete(key, options)
    return this.#interceptor.call(blobCall('delete', options), remove, nothing)
  }

  findSpace(): Promise<StoreSpace | undefined> {
    return this.#store.findSpace()
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]()
  }
}

class InterceptedMultipart implements BlobMultipart {
  readonly #multipart: BlobMultipart
  readonly #interceptor: BlobInterceptor

  constructor(multipart: BlobMultipart, interceptor: BlobInterceptor) {
    this.#multipart = multipart
    this.#interceptor = interceptor
  }

  get limits(): BlobMultipart['limits'] {
    return this.#multipart.limits
  }

  create(key: BlobKey, options?: CallOptions): Promise<BlobUpload> {
    const create = (): Promise<BlobUpload> => this.#multipart.create(key, options)
    return this.#interceptor.call(blobCall('create-upload', options), create, nothing)
  }

  putPart(
    upload: BlobUpload,
    partNumber: number,
    body: BlobBody,
    options?: CallOptions,
  ): Promise<BlobPart> {
    const call = { ...blobCall('put-part', options), body }
    const send = (): Promise<BlobPart> => this.#multipart.putPart(upload, partNumber, body, options)
    return this.#interceptor.call(call, send, (part) => part.sizeBytes)
  }

  complete(upload: BlobUpload, parts: readonly BlobPart[], options?: CallOptions): Promise<void> {
    const join = (): Promise<void> => this.#multipart.complete(upload, parts, options)
    return this.#interceptor.call(blobCall('complete-upload', options), join, nothing)
  }

  abort(upload: BlobUpload, options?: CallOptions): Promise<void> {
    const abort = (): Promise<void> => this.#multipart.abort(upload, options)
    return this.#interceptor.call(blobCall('abort-upload', options), abort, nothing)
  }
}

function blobCall(operation: BlobOperation, options: CallOptions | undefined): BlobCall {
  return { operation, signal: options?.signal }
}

function nothing(): number {
  return 0
}
