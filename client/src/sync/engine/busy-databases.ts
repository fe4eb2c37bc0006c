import type { NodeId } from '@cloudsync/protocol'
import { databaseOf } from '../model/database-of.ts'
import type { Tree, LocalEntry } from '../model/entry.ts'
import type { Operation } from '../model/operation.ts'
import type { SkippedItem } from '../scan/scan.ts'

const quietMs = 10_000

/** What puts something else where the program has its file open. */
const underItsHands: readonly Operation['kind'][] = [
  'download',
  'move-local',
  'trash-local',
  'dehydrate',
]

/**
 * Databases that a program has open: a file beside which lies its log. What is copied while it is written cannot be
 * opened elsewhere, so it waits until neither of them has changed for ten seconds, by the clock of this process.
 *
 * Of SQLite's write-ahead log and its index (`-wal`, `-shm`) nothing goes out: the database alone is, at rest, what it was
 * after some commit, and beside a log of another moment it is nothing at all. What is in the log alone follows when the
 * program closes the database, or writes the log back. As long as there is something in a log here, nobody else's
 * database takes the place of the one that it belongs to.
 */
export class BusyDatabases {
  readonly #seen = new Map<NodeId, { state: string; atMs: number }>()
  #busy = new Map<NodeId, number>()
  #logs = new Set<NodeId>()
  #open = new Set<NodeId>()

  /** Looks through the tree as it is now. */
  update(local: Tree<LocalEntry>, skipped: readonly SkippedItem[], nowMs: number): void {
    const companions = new Map<string, LocalEntry[]>()
    for (const entry of local.values()) {
      const name = databaseOf(entry.name)
      if (name === undefined) continue
      const key = `${entry.parentId}/${name}`
      companions.set(key, [...(companions.get(key) ?? []), entry])
    }
    const ignored = new Set(skipped.map(({ path }) => databaseOf(path.at(-1) ?? '')))
    ignored.delete(undefined)
    this.#busy = new Map()
    this.#logs = new Set()
    this.#open = new Set()
    if (companions.size === 0 && ignored.size === 0) {
      this.#seen.clear()
      return
    }
    for (const entry of local.values()) {
      const beside = companions.get(`${entry.parentId}/${entry.name}`)
      if (!beside && !ignored.has(entry.name)) continue
      this.#noteLogs(entry, beside ?? [])
      const group = [entry, ...(beside ?? [])]
      const changedAtMs = Math.max(...group.map((one) => this.#changedAt(one, nowMs)))
      const quietAtMs = changedAtMs + quietMs
      if (quietAtMs > nowMs) for (const one of group) this.#busy.set(one.id, quietAtMs)
    }
  }

  isBusy({ id, kind }: Pick<Operation, 'id' | 'kind'>): boolean {
    if (this.#busy.has(id) || this.#logs.has(id)) return true
    return this.#open.has(id) && underItsHands.includes(kind)
  }

  nextDueMs(): number | undefined {
    return this.#busy.size === 0 ? undefined : Math.min(...this.#busy.values())
  }

  #noteLogs({ id }: LocalEntry, beside: readonly LocalEntry[]): void {
    const ends = new Set(beside.map(({ name }) => name.slice(name.lastIndexOf('-'))))
    const logs = beside.filter(({ name }) => /-(?:wal|shm)$/.test(name))
    if (ends.has('-wal') && ends.has('-shm')) for (const log of logs) this.#logs.add(log.id)
    const isInUse = beside.some(
      ({ name, fingerprint }) => !name.endsWith('-shm') && (fingerprint?.sizeBytes ?? 0) > 0,
    )
    if (isInUse) this.#open.add(id)
  }

  #changedAt({ id, fingerprint }: LocalEntry, nowMs: number): number {
    const state = JSON.stringify(fingerprint)
    const known = this.#seen.get(id)
    if (known?.state === state) return known.atMs
    this.#seen.set(id, { state, atMs: nowMs })
    return nowMs
  }
}
