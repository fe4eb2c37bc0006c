import type { NodeId } from '@cloudsync/protocol'
import type { Tree, LocalEntry } from '../model/entry.ts'
import type { SkippedItem } from '../scan/scan.ts'

const companion = /^(.+)(?:-wal|-shm|-journal)$/
const quietMs = 10_000

/**
 * Databases that a program has open: a file beside which lies its log. What is copied while it is written cannot be
 * opened elsewhere, so it waits until neither of them has changed for ten seconds, by the clock of this process.
 */
export class BusyDatabases {
  readonly #seen = new Map<NodeId, { state: string; atMs: number }>()
  #busy = new Map<NodeId, number>()

  /** Looks through the tree as it is now. */
  update(local: Tree<LocalEntry>, skipped: readonly SkippedItem[], nowMs: number): void {
    const companions = new Map<string, LocalEntry[]>()
    for (const entry of local.values()) {
      const name = companion.exec(entry.name)?.[1]
      if (name === undefined) continue
      const key = `${entry.parentId}/${name}`
      companions.set(key, [...(companions.get(key) ?? []), entry])
    }
    const ignored = new Set(skipped.map(({ path }) => companion.exec(path.at(-1) ?? '')?.[1]))
    ignored.delete(undefined)
    this.#busy = new Map()
    if (companions.size === 0 && ignored.size === 0) {
      this.#seen.clear()
      return
    }
    for (const entry of local.values()) {
      const beside = companions.get(`${entry.parentId}/${entry.name}`)
      if (!beside && !ignored.has(entry.name)) continue
      const group = [entry, ...(beside ?? [])]
      const changedAtMs = Math.max(...group.map((one) => this.#changedAt(one, nowMs)))
      const quietAtMs = changedAtMs + quietMs
      if (quietAtMs > nowMs) for (const one of group) this.#busy.set(one.id, quietAtMs)
    }
  }

  isBusy(id: NodeId): boolean {
    return this.#busy.has(id)
  }

  nextDueMs(): number | undefined {
    return this.#busy.size === 0 ? undefined : Math.min(...this.#busy.values())
  }

  #changedAt({ id, fingerprint }: LocalEntry, nowMs: number): number {
    const state = JSON.stringify(fingerprint)
    const known = this.#seen.get(id)
    if (known?.state === state) return known.atMs
    this.#seen.set(id, { state, atMs: nowMs })
    return nowMs
  }
}
