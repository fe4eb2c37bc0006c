import type { NodeId } from '@cloudsync/protocol'
import type { Entry, EntryKind } from '../model/entry.ts'
import type { Place } from './targets.ts'

/** One side as the placer sees it, and what it tells of. */
export interface Side {
  readonly rootId: NodeId
  readonly entries: Iterable<Pick<Entry, 'id' | 'parentId' | 'name' | 'kind'>>
  /** Of names in one folder: equal keys exclude each other. `id` may have a name of its own there. */
  readonly slotKey: (id: NodeId, name: string) => string
  readonly temporaryName: (id: NodeId) => string
  readonly create: (id: NodeId, place: Place) => void
  readonly move: (id: NodeId, place: Place, seen: Place) => void
  /** `below`: what lies in it, children first. */
  readonly remove: (id: NodeId, below: readonly NodeId[]) => void
  /** Has to wait for something that this plan does not bring. */
  readonly hold: (id: NodeId) => void
}

export interface Placement {
  readonly id: NodeId
  readonly kind: EntryKind
  readonly place: Place
  /** How many folders lie above it then. */
  readonly depth: number
}

/**
 * Brings one side to where the nodes are to lie, by steps of which each can be made when it comes: parents first, a
 * name once it is free, what goes last and with what lies in it. Where names change hands in a circle, one of them
 * goes through a temporary name.
 */
export class SidePlacer {
  readonly #side: Side
  readonly #now = new Map<NodeId, Pick<Entry, 'id' | 'parentId' | 'name' | 'kind'>>()
  readonly #slots = new Map<NodeId, Map<string, NodeId>>()
  readonly #pending = new Map<NodeId, Placement>()
  readonly #removable: Set<NodeId>
  readonly #inRemovable = new Map<NodeId, Set<NodeId>>()

  constructor(side: Side, placements: readonly Placement[], removable: ReadonlySet<NodeId>) {
    this.#side = side
    this.#removable = new Set(removable)
    if (placements.length === 0 && removable.size === 0) return
    for (const { place } of placements) this.#slots.set(place.parentId, new Map())
    for (const id of this.#removable) this.#inRemovable.set(id, new Set())
    for (const entry of this.#side.entries) this.#put(entry)
    const inOrder = [...placements].sort(
      (one, other) => one.depth - other.depth || (one.id < other.id ? -1 : 1),
    )
    for (const placement of inOrder) this.#pending.set(placement.id, placement)
  }

  place(): void {
    for (const id of this.#pending.keys()) this.#settle(id)
  }

  /** What was in nobody's way. */
  removeRest(): void {
    this.#removeTops()
    for (const id of this.#removable) this.#side.hold(id)
  }

  /** Places a node, and first whatever holds its name and has to go elsewhere. */
  #settle(start: NodeId): void {
    const chain: NodeId[] = [start]
    const inChain = new Set(chain)
    for (let id = chain.at(-1); id !== undefined; id = chain.at(-1)) {
      const placement = this.#pending.get(id)
      if (!placement) {
        chain.pop()
        continue
      }
      const obstacle = this.#obstacleIn(placement)
      if (obstacle) {
        chain.pop()
        const isPassing = obstacle === 'inside' || this.#pending.has(placement.place.parentId)
        if (isPassing && chain.length > 0) this.#moveAside(id)
        else this.#giveUp([id, ...chain.splice(0)])
        continue
      }
      const holder = this.#holderOf(id, placement.place)
      if (holder === undefined) {
        this.#place(placement)
        chain.pop()
      } else if (inChain.has(holder)) {
        this.#moveAside(holder)
      } else if (this.#pending.has(holder)) {
        chain.push(holder)
        inChain.add(holder)
      } else if (this.#removable.has(holder)) {
        if (!this.#tryToRemove(holder)) this.#moveAside(holder)
      } else {
        this.#giveUp(chain.splice(0))
      }
    }
  }

  #giveUp(ids: readonly NodeId[]): void {
    for (const id of ids) {
      this.#pending.delete(id)
      this.#side.hold(id)
    }
  }

  #place({ id, kind, place }: Placement): void {
    this.#pending.delete(id)
    const before = this.#now.get(id)
    if (before) {
      this.#take(before)
      this.#side.move(id, place, { parentId: before.parentId, name: before.name })
    } else {
      this.#side.create(id, place)
    }
    this.#put({ id, kind, ...place })
  }

  #moveAside(id: NodeId): void {
    const before = this.#now.get(id)
    if (!before) return
    if (!this.#pending.has(id)) this.#side.hold(id)
    // By this it gets another `seq`, which only the next plan can name.
    this.#removable.delete(id)
    const name = this.#side.temporaryName(id)
    this.#take(before)
    const seen = { parentId: before.parentId, name: before.name }
    this.#side.move(id, { parentId: before.parentId, name }, seen)
    this.#put({ ...before, name })
  }

  /** The folder is not there, or lies inside of what is to lie in it. */
  #obstacleIn({ id, place }: Placement): 'missing' | 'inside' | undefined {
    if (place.parentId === this.#side.rootId) return undefined
    if (this.#now.get(place.parentId)?.kind !== 'folder') return 'missing'
    if (!this.#now.has(id)) return undefined
    for (let at = place.parentId; at !== this.#side.rootId;) {
      if (at === id) return 'inside'
      const above = this.#now.get(at)?.parentId
      if (above === undefined) return 'missing'
      at = above
    }
    return undefined
  }

  #holderOf(id: NodeId, { parentId, name }: Place): NodeId | undefined {
    const holder = this.#slots.get(parentId)?.get(this.#side.slotKey(id, name))
    return holder === id ? undefined : holder
  }

  #put(entry: Pick<Entry, 'id' | 'parentId' | 'name' | 'kind'>): void {
    this.#now.set(entry.id, entry)
    const slots = this.#slots.get(entry.parentId)
    const key = this.#side.slotKey(entry.id, entry.name)
    const holder = slots?.get(key)
    // No side has two of a name; of one that claims to, the same is seen in any order.
    if (holder === undefined || entry.id < holder) slots?.set(key, entry.id)
    this.#inRemovable.get(entry.parentId)?.add(entry.id)
  }

  #take({ id, parentId, name }: Pick<Entry, 'id' | 'parentId' | 'name'>): void {
    const slots = this.#slots.get(parentId)
    const key = this.#side.slotKey(id, name)
    if (slots?.get(key) === id) slots.delete(key)
    this.#inRemovable.get(parentId)?.delete(id)
  }

  #removeTops(): void {
    for (const id of this.#removable) {
      const above: NodeId[] = []
      for (let at = id; this.#removable.has(at);) {
        above.push(at)
        const parentId = this.#now.get(at)?.parentId
        if (parentId === undefined) break
        at = parentId
      }
      // The highest first: with it goes what lies in it.
      for (const each of above.reverse()) if (this.#removable.has(each)) this.#tryToRemove(each)
    }
  }

  #tryToRemove(id: NodeId): boolean {
    const below: NodeId[] = []
    const open: NodeId[] = [id]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (!this.#removable.has(at)) return false
      if (at !== id) below.push(at)
      open.push(...(this.#inRemovable.get(at) ?? []))
    }
    this.#side.remove(id, below.reverse())
    for (const each of [id, ...below]) {
      const entry = this.#now.get(each)
      if (entry) this.#take(entry)
      this.#now.delete(each)
      this.#removable.delete(each)
    }
    return true
  }
}
