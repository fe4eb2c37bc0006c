import { addAbortSignal, Readable } from 'node:stream'
import type { BlobReader } from '../../blob-store.ts'
import { BlobStoreError, BlobStoreUnavailableError } from '../../blob-store-errors.ts'
import { errnoCode } from '../../fs-errors.ts'
import { silent } from './remote-call.ts'
import type { RemoteCallOptions } from './remote-call.ts'

/**
 * What a service sends as an object's bytes: exactly as many as announced, or an error of the port.
 * A connection that breaks, falls silent or ends early never looks like the end of the object.
 */
class ExactBody extends Readable {
  readonly #source: Readable
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #sizeBytes: number
  readonly #idleTimeoutMs: number
  #seenBytes = 0

  constructor(source: Readable, sizeBytes: number, idleTimeoutMs: number) {
    super()
    this.#source = source
    this.#chunks = (source as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    this.#sizeBytes = sizeBytes
    this.#idleTimeoutMs = idleTimeoutMs
  }

  override _read(): void {
    this.#readChunk().then(
      (chunk) => this.push(chunk),
      (error: unknown) => this.destroy(error instanceof BlobStoreError ? error : broken(error)),
    )
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // What it fails with from here on concerns nobody.
    this.#source.on('error', () => undefined).destroy()
    callback(error)
  }

  async #readChunk(): Promise<Uint8Array | null> {
    const { done, value } = await this.#next()
    if (done !== true) {
      this.#seenBytes += value.byteLength
      if (this.#seenBytes > this.#sizeBytes) throw wrongLength('the answer was too long')
      return value
    }
    if (this.#seenBytes < this.#sizeBytes) throw wrongLength('the answer ended early')
    return null
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      this.#source.destroy(new Error('silent'))
    }, this.#idleTimeoutMs)
    try {
      return await this.#chunks.next()
    } catch (error) {
      throw timedOut ? silent('get', this.#idleTimeoutMs, error) : error
    } finally {
      clearTimeout(timer)
    }
  }
}

function broken(cause: unknown): BlobStoreUnavailableError {
  const reason = errnoCode(cause) ?? 'the answer broke off'
  return new BlobStoreUnavailableError('get', reason, { cause, retryable: true })
}

function wrongLength(reason: string): BlobStoreUnavailableError {
  return new BlobStoreUnavailableError('get', reason, { retryable: true })
}

/** A reader of what a service sends; the signal ends it. Throws when the length was not announced. */
export function exactReader(
  source: Readable,
  sizeBytes: number,
  options: RemoteCallOptions,
): BlobReader {
  if (!Number.isSafeInteger(sizeBytes)) {
    source.destroy()
    throw wrongLength('the answer has no length')
  }
  const body = new ExactBody(source, sizeBytes, options.idleTimeoutMs)
  return { sizeBytes, body: options.signal ? addAbortSignal(options.signal, body) : body }
}
