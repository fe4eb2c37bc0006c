import { DiskError } from '../model/failures.ts'

/** The content is not as long as was said: it changes while it is read. */
class ContentChangedError extends Error {
  override readonly name = 'ContentChangedError'
}

/**
 * Gives parts of a content that can only be read from its start, as long as they are asked for in order without reading
 * anything twice. One reader at a time.
 */
export class SequentialSource implements AsyncDisposable {
  readonly sizeBytes: number
  readonly #content: AsyncIterable<Uint8Array>
  readonly #onRead: (piece: Uint8Array, position: number) => void
  #iterator: AsyncIterator<Uint8Array> | undefined
  #held: Uint8Array = new Uint8Array()
  #position = 0
  readonly #stop = new AbortController()

  /** `content` begins anew each time that it is iterated. `onRead` sees each piece when it is first come to. */
  constructor(
    content: AsyncIterable<Uint8Array>,
    sizeBytes: number,
    onRead: (piece: Uint8Array, position: number) => void = () => undefined,
  ) {
    this.#content = content
    this.sizeBytes = sizeBytes
    this.#onRead = onRead
  }

  /** Aborted when the content cannot be read: sending it again would not help. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  async *read(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    if (start < this.#position) await this[Symbol.asyncDispose]()
    while (this.#position < end) {
      if (this.#held.byteLength === 0) await this.#pull()
      const skipped = Math.min(this.#held.byteLength, Math.max(0, start - this.#position))
      this.#take(skipped)
      if (this.#held.byteLength > 0 && this.#position < end)
        yield this.#take(Math.min(this.#held.byteLength, end - this.#position))
    }
  }

  async bytes(start: number, end: number): Promise<Uint8Array> {
    const pieces = await Array.fromAsync(this.read(start, end))
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const iterator = this.#iterator
    this.#iterator = undefined
    this.#held = new Uint8Array()
    this.#position = 0
    await iterator?.return?.()
  }

  #take(length: number): Uint8Array {
    const taken = this.#held.subarray(0, length)
    this.#held = this.#held.subarray(length)
    this.#position += length
    return taken
  }

  async #pull(): Promise<void> {
    try {
      this.#iterator ??= this.#content[Symbol.asyncIterator]()
      const next = await this.#iterator.next()
      if (next.done === true)
        throw new ContentChangedError(`${this.#position} of ${this.sizeBytes} bytes were there`)
      this.#held = next.value
      this.#onRead(next.value, this.#position)
    } catch (error) {
      this.#stop.abort(error)
      throw error
    }
  }
}

/** Whether it is the local file by which something failed, which is to be looked at anew then. */
export function isLocalFailure(error: unknown): boolean {
  return error instanceof ContentChangedError || error instanceof DiskError
}
