/** Mutual exclusion by key. Several keys are taken in one order, so that nobody waits in a circle. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>()

  /** Resolves when nobody else holds any of the keys; disposing of the result lets them go. */
  async acquire(keys: readonly string[]): Promise<Disposable> {
    const releases: (() => void)[] = []
    for (const key of [...new Set(keys)].toSorted()) releases.push(await this.#acquireOne(key))
    return {
      [Symbol.dispose]() {
        for (const release of releases) release()
      },
    }
  }

  async #acquireOne(key: string): Promise<() => void> {
    const before = this.#tails.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#tails.set(key, promise)
    await before
    return () => {
      if (this.#tails.get(key) === promise) this.#tails.delete(key)
      resolve()
    }
  }
}
