/** So many at a time, first come, first served. */
export class Semaphore {
  #permits: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(permits: number) {
    this.#permits = permits
  }

  /** Of those that run already none is stopped. */
  resize(permits: number): void {
    this.#permits = permits
    this.#admit()
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.acquire()
    try {
      return await work()
    } finally {
      this.release()
    }
  }

  async acquire(): Promise<void> {
    if (this.#running < this.#permits) this.#running++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  release(): void {
    this.#running--
    this.#admit()
  }

  #admit(): void {
    while (this.#running < this.#permits) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#running++
      next()
    }
  }
}
