import type { NodeId } from '@cloudsync/protocol'
import type { ContentName, Trees } from '../model/entry.ts'
import type { Operation } from '../model/operation.ts'
import { longestPauseMs, noteChange, pauseMs, quietMs, type Unrest } from '../texts/write-pause.ts'

interface Watched {
  /** As the server calls what it has. */
  readonly content: ContentName | null
  readonly changedAtMs: number
  /** Of changes that are being gathered. */
  readonly unrest: Unrest | undefined
}

/**
 * Texts that somebody types into elsewhere just now. A change that comes by itself goes into the file at once; those that
 * follow each other closely are gathered, so that an editor that has the file open does not load it anew for each letter.
 */
export class LivePauses {
  readonly #trees: Trees
  readonly #watched = new Map<NodeId, Watched>()
  readonly #dues = new Map<NodeId, number>()

  constructor(trees: Trees) {
    this.#trees = trees
  }

  /** To be called before a plan is looked through. */
  begin(nowMs: number): void {
    this.#dues.clear()
    for (const [id, { changedAtMs }] of this.#watched)
      if (Math.abs(nowMs - changedAtMs) > longestPauseMs) this.#watched.delete(id)
  }

  isWaiting({ kind, id }: Operation, nowMs: number): boolean {
    // What was saved here goes out at once.
    if (kind !== 'merge-text' || this.#isChangedHere(id)) return false
    const content = this.#trees.remote.get(id)?.content ?? null
    const before = this.#watched.get(id)
    const unrest = before && this.#unrestAfter(before, content, nowMs)
    const isSame = before?.content === content
    const changedAtMs = isSame ? before.changedAtMs : nowMs
    const waitMs = unrest ? pauseMs(unrest, nowMs) : 0
    this.#watched.set(id, { content, changedAtMs, unrest: waitMs > 0 ? unrest : undefined })
    if (waitMs > 0) this.#dues.set(id, nowMs + waitMs)
    return waitMs > 0
  }

  /** When the next of them may go on. */
  nextDueMs(): number | undefined {
    return this.#dues.size === 0 ? undefined : Math.min(...this.#dues.values())
  }

  #unrestAfter(before: Watched, content: ContentName | null, nowMs: number): Unrest | undefined {
    if (before.content === content) return before.unrest
    const isClose = nowMs - before.changedAtMs < quietMs
    return isClose || before.unrest ? noteChange(before.unrest, nowMs) : undefined
  }

  #isChangedHere(id: NodeId): boolean {
    return this.#trees.local.get(id)?.content !== this.#trees.synced.get(id)?.localContent
  }
}
