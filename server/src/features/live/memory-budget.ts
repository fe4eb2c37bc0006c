import type { LiveDocument } from './live-document.ts'

export interface MemoryBudgetOptions {
  readonly maxBytes: number
  /** A document that nobody has open leaves memory after this time, budget or not. */
  readonly idleMs: number
  readonly unload: (live: LiveDocument) => Promise<void>
}

/** So many that nobody has open are kept, the most recently used. */
const maxIdle = 1_000

/**
 * Which documents stay in memory. Those that somebody has open stay; the others leave when they have
 * been idle for a while, and earlier, the least recently used first, while they are too many or all
 * together take more than the budget.
 */
export class MemoryBudget {
  readonly #options: MemoryBudgetOptions
  readonly #documents = new Set<LiveDocument>()
  readonly #leaving = new Set<LiveDocument>()

  constructor(options: MemoryBudgetOptions) {
    this.#options = options
  }

  get bytes(): number {
    let sum = 0
    for (const live of this.#documents) sum += live.memoryBytes
    return sum
  }

  get size(): number {
    return this.#documents.size
  }

  /** Whether what is open alone takes so much that nothing more should be opened. */
  get isExhausted(): boolean {
    return this.bytes > this.#options.maxBytes * 2
  }

  add(live: LiveDocument): void {
    this.#documents.add(live)
    if (this.bytes > this.#options.maxBytes) this.collect()
  }

  delete(live: LiveDocument): void {
    this.#documents.delete(live)
    this.#leaving.delete(live)
  }

  /** Unloads what may go, and must. To be called from time to time, and when somebody has left a document. */
  collect(nowMs: number = performance.now()): void {
    const { idleMs, maxBytes } = this.#options
    const idle = [...this.#documents]
      .filter((live) => live.isIdle && !this.#leaving.has(live))
      .toSorted((one, other) => one.lastUsedAtMs - other.lastUsedAtMs)
    let excess = this.bytes - maxBytes
    let left = idle.length
    for (const live of idle) {
      if (excess <= 0 && left <= maxIdle && nowMs - live.lastUsedAtMs < idleMs) return
      excess -= live.memoryBytes
      left -= 1
      this.#leaving.add(live)
      void this.#options.unload(live).finally(() => this.#leaving.delete(live))
    }
  }
}
