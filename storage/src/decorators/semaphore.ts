/** Lets `limit` in at once, and the others in the order in which they came. */
export class Semaphore {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(limit: number) {
    this.#free = limit
  }

  /** Resolves when it is one's turn, which ends by disposing. Rejects with the signal's reason. */
  async enter(signal: AbortSignal | undefined): Promise<Disposable> {
    signal?.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#wait(signal)
    return { [Symbol.dispose]: () => this.#leave() }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = (): void => {
      this.#waiting.delete(enter)
      reject(signal?.reason as Error)
    }
    const enter = (): void => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    this.#waiting.add(enter)
    signal?.addEventListener('abort', abort, { once: true })
    return promise
  }

  #leave(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
