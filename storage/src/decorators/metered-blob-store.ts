import { pipeline, Transform } from 'node:stream'
import type { BlobReader, BlobStore } from '../blob-store.ts'
import { InterceptedBlobStore } from './intercepted-blob-store.ts'
import type { BlobCall, BlobInterceptor, BlobOperation } from './intercepted-blob-store.ts'

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
export class MeteredBlobStore extends InterceptedBlobStore {
  constructor(store: BlobStore, options: MeterOptions) {
    super(store, new Meter(options))
  }
}

class Meter implements BlobInterceptor {
  readonly #record: (measurement: BlobMeasurement) => void
  readonly #now: () => number

  constructor(options: MeterOptions) {
    this.#record = options.record
    this.#now = options.now ?? (() => performance.now())
  }

  async call<T>(
    call: BlobCall,
    run: () => Promise<T>,
    storedBytes: (result: T) => number,
  ): Promise<T> {
    const end = this.#begin(call)
    try {
      const result = await run()
      end(storedBytes(result), undefined)
      return result
    } catch (error) {
      end(0, error)
      throw error
    }
  }

  async read(call: BlobCall, run: () => Promise<BlobReader>): Promise<BlobReader> {
    const end = this.#begin(call)
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

  #begin({ operation, signal }: BlobCall) {
    const startedAt = this.#now()
    return (sizeBytes: number, error: unknown): void => {
      const durationMs = this.#now() - startedAt
      const aborted = signal?.aborted === true || isDropped(error)
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
