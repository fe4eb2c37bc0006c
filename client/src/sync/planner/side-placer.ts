import type { NodeId } from '@cloudsync/protocol'
import type { Entry, EntryKind } from '../model/entry.ts'
import type { Place } from './targets.ts'

type SideEntry = Pick<Entry, 'id' | 'parentId' | 'name' | 'kind'>

/** One side as the placer sees it, and what it tells of. */
export interface Side {
  readonly rootId: NodeId
  readonly entries: () => Iterable<SideEntry>
  readonly find: (id: NodeId) => SideEntry | undefined
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
  /** What is no longer as the side has it; `undefined` once it is removed. */
  readonly #changed = new Map<NodeId, SideEntry | undefined>()
  readonly #slots = new Map<NodeId, Map<string, NodeId>>()
  readonly #inOrder: readonly Placement[]
  /** Those of `#inOrder` that others may wait for: what is there, and folders. */
  readonly #pending = new Map<NodeId, Placement>()
  readonly #removable: Set<NodeId>
  readonly #inRemovable = new Map<NodeId, Set<NodeId>>()

  constructor(side: Side, placements: readonly Placement[], removable: ReadonlySet<NodeId>) {
    this.#side = side
    this.#removable = new Set(removable)
    this.#inOrder = placements.toSorted(
      (one, other) => one.depth - other.depth || (one.id < other.id ? -1 : 1),
    )
    if (placements.length === 0 && removable.size === 0) return
    for (const { place } of placements)
      if (!this.#slots.has(place.parentId)) this.#slots.set(place.parentId, new Map())
    for (const id of this.#removable) this.#inRemovable.set(id, new Set())
    for (const entry of this.#side.entries()) this.#occupy(entry)
    for (const placement of this.#inOrder)
      if (placement.kind === 'folder' || this.#side.find(placement.id))
        this.#pending.set(placement.id, placement)
  }

  place(): void {
    for (const placement of this.#inOrder) {
      const { id } = placement
      if (this.#pending.has(id)) this.#settle(id)
      else if (placement.kind !== 'folder' && !this.#find(id)) this.#makeFile(placement)
    }
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

  /** Nothing waits for it, so that there is nothing to remember of it where nothing is in its way. */
  #makeFile(placement: Placement): void {
    const { id, kind, place } = placement
    if (this.#obstacleIn(placement) || this.#holderOf(id, place) !== undefined) {
      this.#pending.set(id, placement)
      this.#settle(id)
    } else {
      this.#side.create(id, place)
      this.#occupy({ id, kind, parentId: place.parentId, name: place.name })
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
    const before = this.#find(id)
    if (before) {
      this.#take(before)
      this.#side.move(id, place, { parentId: before.parentId, name: before.name })
    } else {
      this.#side.create(id, place)
    }
    this.#put({ id, kind, parentId: place.parentId, name: place.name })
  }

  #moveAside(id: NodeId): void {
    const before = this.#find(id)
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
    if (this.#find(place.parentId)?.kind !== 'folder') return 'missing'
    if (!this.#find(id)) return undefined
    for (let at = place.parentId; at !== this.#side.rootId;) {
      if (at === id) return 'inside'
      const above = this.#find(at)?.parentId
      if (above === undefined) return 'missing'
      at = above
    }
    return undefined
  }

  #holderOf(id: NodeId, { parentId, name }: Place): NodeId | undefined {
    const holder = this.#slots.get(parentId)?.get(this.#side.slotKey(id, name))
    return holder === id ? undefined : holder
  }

  #find(id: NodeId): SideEntry | undefined {
    return this.#changed.has(id) ? this.#changed.get(id) : this.#side.find(id)
  }

  #put(entry: SideEntry): void {
    this.#changed.set(entry.id, entry)
    this.#occupy(entry)
  }

  #occupy({ id, parentId, name }: SideEntry): void {
    this.#inRemovable.get(parentId)?.add(id)
    const slots = this.#slots.get(parentId)
    if (!slots) return
    const key = this.#side.slotKey(id, name)
    const holder = slots.get(key)
    // No side has two of a name; of one that claims to, the same is seen in any order.
    if (holder === undefined || id < holder) slots.set(key, id)
  }

  #take({ id, parentId, name }: SideEntry): void {
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
        const parentId = this.#find(at)?.parentId
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
      const entry = this.#find(each)
      if (entry) this.#take(entry)
      this.#changed.set(each, undefined)
      this.#removable.delete(each)
    }
    return true
  }
}
