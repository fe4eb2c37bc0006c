/**
 * Keeps the look at the disk apart from what the engine does there itself: a scan that ran while a file is renamed into
 * place, and before that is recorded, would take it for somebody's new one. Many may act at once, or one may look.
 * Who waits to look goes before who comes later to act.
 */
export class DiskGate {
  #acting = 0
  #isLooking = false
  readonly #lookers: (() => void)[] = []
  readonly #actors: (() => void)[] = []

  get isLooking(): boolean {
    return this.#isLooking
  }

  async look<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isLooking || this.#acting > 0)
      await new Promise<void>((go) => {
        this.#lookers.push(go)
      })
    else this.#isLooking = true
    try {
      return await work()
    } finally {
      this.#isLooking = false
      this.#next()
    }
  }

  /** Resolves to what ends it, which may be called more than once. */
  async enter(): Promise<() => void> {
    if (this.#isLooking || this.#lookers.length > 0)
      await new Promise<void>((go) => {
        this.#actors.push(go)
      })
    else this.#acting++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#acting--
      this.#next()
    }
  }

  async act<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }

  #next(): void {
    if (this.#isLooking) return
    const looker = this.#acting === 0 ? this.#lookers.shift() : undefined
    if (looker) {
      this.#isLooking = true
      looker()
    } else if (this.#lookers.length === 0) {
      this.#acting += this.#actors.length
      for (const go of this.#actors.splice(0)) go()
    }
  }
}
