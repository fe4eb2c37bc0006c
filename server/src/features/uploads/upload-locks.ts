import { ProblemError } from '#platform/problem-error.ts'

interface Held {
  readonly breakOff: AbortController
  readonly released: Promise<void>
}

export interface UploadLock extends Disposable {
  /** Aborted when whoever holds the lock is to take no more bytes. */
  readonly signal: AbortSignal
}

/**
 * One request at a time works on an upload here. Between servers the size of the draft decides: of two that
 * add to it, one is refused when it saves.
 */
export class UploadLocks implements AsyncDisposable {
  readonly #held = new Map<string, Held>()

  /** Throws `upload_locked` while another request has it. */
  take(id: string): UploadLock {
    if (this.#held.has(id))
      throw new ProblemError('upload_locked', { headers: { 'retry-after': '1' } })
    const breakOff = new AbortController()
    const { promise: released, resolve } = Promise.withResolvers<void>()
    this.#held.set(id, { breakOff, released })
    return {
      signal: breakOff.signal,
      [Symbol.dispose]: () => {
        this.#held.delete(id)
        resolve()
      },
    }
  }

  /**
   * Ends a request that takes bytes, and waits until what has come is kept: a client that asks how far it
   * came has lost its connection, of which the server may learn much later.
   */
  async takeOver(id: string): Promise<UploadLock> {
    for (let held = this.#held.get(id); held; held = this.#held.get(id)) {
      held.breakOff.abort()
      await held.released
    }
    return this.take(id)
  }

  /** Ends all requests that take bytes; what has come is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { breakOff } of this.#held.values()) breakOff.abort()
    await Promise.all([...this.#held.values()].map(({ released }) => released))
  }
}
