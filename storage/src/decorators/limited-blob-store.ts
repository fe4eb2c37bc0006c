import type { BlobReader, BlobStore } from '../blob-store.ts'
import { InterceptedBlobStore } from './intercepted-blob-store.ts'
import type { BlobCall, BlobInterceptor } from './intercepted-blob-store.ts'
import { Semaphore } from './semaphore.ts'

export interface LimitOptions {
  /** How many puts, of objects and parts, and completions may run at once. Default 32. */
  readonly maxWrites?: number
  /** How many other calls may run at once. Default 64. */
  readonly maxReads?: number
}

/**
 * Lets so many calls run at once; others wait for their turn, in order. A read is over when its body
 * is open: who reads several objects in step would else wait for himself. For the same reason writes
 * have a limit of their own, as the body of a put may be read from the same store.
 */
export class LimitedBlobStore extends InterceptedBlobStore {
  constructor(store: BlobStore, options: LimitOptions = {}) {
    super(store, new Limit(options))
  }
}

class Limit implements BlobInterceptor {
  readonly #writes: Semaphore
  readonly #reads: Semaphore

  constructor({ maxWrites = 32, maxReads = 64 }: LimitOptions) {
    this.#writes = new Semaphore(maxWrites)
    this.#reads = new Semaphore(maxReads)
  }

  async call<T>(call: BlobCall, run: () => Promise<T>): Promise<T> {
    using _turn = await this.#semaphore(call).enter(call.signal)
    return await run()
  }

  read(call: BlobCall, run: () => Promise<BlobReader>): Promise<BlobReader> {
    return this.call(call, run)
  }

  #semaphore({ operation, body }: BlobCall): Semaphore {
    return body !== undefined || operation === 'complete-upload' ? this.#writes : this.#reads
  }
}
