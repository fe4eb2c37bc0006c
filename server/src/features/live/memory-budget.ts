import type { UserId } from '@cloudsync/protocol'
import type { LiveDocument } from './live-document.ts'

/** What counts of a document. */
export type BudgetedDocument = Pick<
  LiveDocument,
  'holder' | 'isIdle' | 'lastUsedAtMs' | 'memoryBytes'
>

export interface MemoryBudgetOptions<Document> {
  readonly maxBytes: number
  /** A document that nobody has open leaves memory after this time, budget or not. */
  readonly idleMs: number
  readonly unload: (live: Document) => Promise<void>
  /** Sends everybody away who has it open. */
  readonly closeTo: (live: Document) => void
}

/** So many that nobody has open are kept, the most recently used. */
const maxIdle = 1_000

/**
 * Which documents stay in memory. Those that somebody has open stay; the others leave when they have
 * been idle for a while, and earlier, the least recently used first, while they are too many or all
 * together take more than the budget. What is open may take twice the budget, and half of that is for what one person
 * holds: a document counts for who has had it open longest.
 */
export class MemoryBudget<Document extends BudgetedDocument> {
  readonly #options: MemoryBudgetOptions<Document>
  readonly #documents = new Set<Document>()
  readonly #leaving = new Set<Document>()

  constructor(options: MemoryBudgetOptions<Document>) {
    this.#options = options
  }

  get bytes(): number {
    return bytesOf(this.#documents)
  }

  get size(): number {
    return this.#documents.size
  }

  /** Whether what is open alone takes so much that nothing more should be opened. */
  get isExhausted(): boolean {
    return this.bytes > this.#options.maxBytes * 2
  }

  /** Whether what one person holds alone takes so much that they should open nothing more. */
  isShareExhausted(userId: UserId): boolean {
    const held = [...this.#documents].filter(({ holder }) => holder === userId)
    return bytesOf(held) > this.#options.maxBytes
  }

  add(live: Document): void {
    this.#documents.add(live)
    if (this.bytes > this.#options.maxBytes) this.collect()
  }

  delete(live: Document): void {
    this.#documents.delete(live)
    this.#leaving.delete(live)
  }

  /** Unloads what may go, and must. To be called from time to time, and when somebody has left a document. */
  collect(nowMs: number = performance.now()): void {
    if (this.isExhausted) this.#closeExcess()
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

  /** Documents grow while they are open: whose share is exceeded loses the largest of theirs. */
  #closeExcess(): void {
    for (const [holder, held] of Map.groupBy(this.#documents, (live) => live.holder)) {
      let excess = holder === undefined ? 0 : bytesOf(held) - this.#options.maxBytes
      const largestFirst = held.toSorted((one, other) => other.memoryBytes - one.memoryBytes)
      for (const live of largestFirst) {
        if (excess <= 0) break
        excess -= live.memoryBytes
        this.#options.closeTo(live)
      }
    }
  }
}

function bytesOf(documents: Iterable<BudgetedDocument>): number {
  let sum = 0
  for (const { memoryBytes } of documents) sum += memoryBytes
  return sum
}
