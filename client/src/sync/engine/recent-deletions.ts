import type { NodeId } from '@cloudsync/protocol'
import type { HeldDeletions, Plan } from '../model/plan.ts'
import { approvalIn } from '../planner/deletion-guard.ts'
import type { SyncStore } from '../store/sync-store.ts'

type Side = HeldDeletions['side']

/** What comes within such a time may be one deletion. */
const windowMs = 60_000
const settingName = 'recentDeletions'

/**
 * Files that were planned to be deleted a moment ago, for the guard against deletions of very many: those come in parts.
 * Where it holds something, they are kept until a person has decided, over the end of the process, too.
 */
export class RecentDeletions {
  readonly #store: SyncStore
  /** By file, when it was planned. */
  readonly #atMs: Readonly<Record<Side, Map<NodeId, number>>>
  #held: readonly Side[] = []

  constructor(store: SyncStore, nowMs: number) {
    this.#store = store
    const { remote, local } = parse(store.setting(settingName))
    const since = (ids: readonly NodeId[]) => new Map(ids.map((id) => [id, nowMs]))
    this.#atMs = { remote: since(remote), local: since(local) }
  }

  get ids(): Readonly<Record<Side, ReadonlySet<NodeId>>> {
    const { remote, local } = this.#atMs
    return { remote: new Set(remote.keys()), local: new Set(local.keys()) }
  }

  /** To be called before a plan is made: what is long ago does not count, unless something is held for its sake. */
  expire(nowMs: number): void {
    for (const side of ['remote', 'local'] as const) {
      if (this.#held.includes(side)) continue
      for (const [id, atMs] of this.#atMs[side])
        if (Math.abs(nowMs - atMs) >= windowMs) this.#atMs[side].delete(id)
    }
    // What was kept by an earlier process, and holds nothing any more.
    if (this.#atMs.remote.size + this.#atMs.local.size === 0) this.#keep()
  }

  note({ operations, held }: Pick<Plan, 'operations' | 'held'>, nowMs: number): void {
    const { trees, approvedDeletions } = this.#store
    for (const operation of operations) {
      if (operation.kind !== 'trash-remote' && operation.kind !== 'trash-local') continue
      const side = operation.kind === 'trash-remote' ? 'remote' : 'local'
      const isApproved = approvalIn(trees[side], approvedDeletions)
      const below = operation.below.map((one) => (typeof one === 'string' ? one : one.id))
      for (const id of [operation.id, ...below])
        if (trees[side].get(id)?.kind !== 'folder' && !isApproved(id))
          this.#atMs[side].set(id, nowMs)
    }
    const sides = held.map(({ side }) => side)
    const isOther = sides.join() !== this.#held.join()
    this.#held = sides
    if (isOther) this.#keep()
  }

  /** A person has decided. */
  forget(side: Side): void {
    this.#atMs[side].clear()
    this.#keep()
  }

  #keep(): void {
    const of = (side: Side) => (this.#held.includes(side) ? [...this.#atMs[side].keys()] : [])
    const kept = { remote: of('remote'), local: of('local') }
    const isAny = kept.remote.length + kept.local.length > 0
    const text = isAny ? JSON.stringify(kept) : ''
    if (text === (this.#store.setting(settingName) ?? '')) return
    this.#store.transaction((writer) => writer.setSetting(settingName, text))
  }
}

function parse(text: string | undefined): Readonly<Record<Side, readonly NodeId[]>> {
  if (text === undefined || text === '') return { remote: [], local: [] }
  return JSON.parse(text) as Readonly<Record<Side, readonly NodeId[]>>
}
