import { NetworkError } from '../errors.ts'
import type { SdkClock } from '../sdk-clock.ts'

export interface ContentBodyOptions {
  readonly clock: SdkClock
  /** How long nothing may come. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** How many bytes there must be, if that is known. */
  readonly sizeBytes: number | undefined
}

/**
 * The bytes of an answer, as they come; read them once, or `cancel`. Reading throws a `NetworkError` where they end too
 * early, and what the signal of the call carries.
 */
export class ContentBody implements AsyncIterable<Uint8Array> {
  readonly #stream: ReadableStream<Uint8Array> | null
  readonly #options: ContentBodyOptions

  constructor(answer: Response, options: ContentBodyOptions) {
    this.#stream = answer.body
    this.#options = options
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    if (!this.#stream) return
    const { signal, sizeBytes } = this.#options
    const reader = this.#stream.getReader()
    let receivedBytes = 0
    let isAtEnd = false
    try {
      for (;;) {
        const next = await this.#read(reader)
        isAtEnd = next.done
        if (next.done) break
        receivedBytes += next.value.byteLength
        yield next.value
      }
    } finally {
      // Not waited for: what does not come cannot be waited for to end.
      if (!isAtEnd) void reader.cancel().catch(() => undefined)
      reader.releaseLock()
    }
    signal?.throwIfAborted()
    if (sizeBytes !== undefined && receivedBytes !== sizeBytes)
      throw new NetworkError('broken_off', `${receivedBytes} of ${sizeBytes} bytes came`)
  }

  /** All of it, in memory. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array[] = []
    for await (const piece of this) pieces.push(piece)
    const sizeBytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const all = new Uint8Array(sizeBytes)
    let at = 0
    for (const piece of pieces) {
      all.set(piece, at)
      at += piece.byteLength
    }
    return all
  }

  /** As UTF-8, without a byte order mark. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** Lets go of it unread. */
  async cancel(): Promise<void> {
    await this.#stream?.cancel()
  }

  /** The time limit is of each piece: whoever reads slowly is not what a silent server is. */
  async #read(reader: ReadableStreamDefaultReader<Uint8Array>) {
    const { clock, timeoutMs, signal } = this.#options
    const come = new AbortController()
    const silence = clock.delay(timeoutMs, come.signal).then(() => {
      throw new NetworkError('timeout', 'Nothing of the content came for too long')
    })
    silence.catch(() => undefined)
    try {
      return await Promise.race([reader.read(), silence])
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof NetworkError) throw cause
      throw new NetworkError('broken_off', 'The content broke off', cause)
    } finally {
      come.abort()
    }
  }
}
