import * as Y from 'yjs'
import type { UpdateStruct } from './read-update.ts'
import type { IdRange, StructId } from './update-scan.ts'

/** The top-level type of a document, as far as placing structs goes. */
export type RootType = Pick<Y.Text, '_start' | '_map'>

/**
 * What it takes Yjs to take a struct in. `steps` are the items that it looks at to find the place among
 * what others inserted there; `work` is all of it, in steps: one is some 300 ns.
 */
export interface IntegrationWork {
  readonly steps: number
  readonly work: number
}

/** Reading, storing and telling of one struct or one deleted range, in steps. */
const baseWork = 40

/** A struct that is split or merged moves those behind it in an array; so many are moved in one step. */
const structsMovedPerStep = 400

/** To delete an item, in steps. */
export const deleteWork = 8

/** Structs of the update that Yjs may meet when it looks for the place of another: those of one family. */
interface Family {
  size: number
}

interface Taken extends IdRange {
  readonly family: Family
  readonly origin: StructId | undefined
  /** The stored item that it stands before, when its origin is stored. */
  readonly right: Y.Item | null
  readonly key: string | undefined
  /** Whether a struct follows its last id already. */
  hasNext: boolean
}

/** Between which stored items a struct is to be placed. */
interface Place {
  readonly origin: StructId | undefined
  readonly left: Y.Item | null
  readonly right: Y.Item | null
  readonly key: string | undefined
}

/**
 * Estimates, from above, what it will take to integrate structs that are applied together, before they
 * are: `Item.integrate` of Yjs looks at one item after the other between a struct's two origins, for as
 * long as these belong to the same conflict, and a few bytes can make it look at the whole document.
 *
 * An estimate holds for the document as it stands, and for structs in causal order.
 */
export class WorkEstimate {
  readonly #root: RootType
  readonly #store: Y.Doc['store']
  readonly #maxSteps: number
  readonly #taken = new Map<number, Taken[]>()
  readonly #families = new Map<string, Family>()
  /** What stands directly behind ids, by their names, since no struct had to look for its place. */
  readonly #next = new Map<string, string>()
  #count = 0
  #steps = 0

  /** Items are looked at up to `maxSteps` for all structs; a sum above means "more than that". */
  constructor(document: Y.Doc, root: RootType, maxSteps: number) {
    this.#store = document.store
    this.#root = root
    this.#maxSteps = maxSteps
  }

  get #stepsLeft(): number {
    return this.#maxSteps - this.#steps
  }

  add(struct: UpdateStruct): IntegrationWork {
    const known = Y.getState(this.#store, struct.client)
    const isPartlyKnown = struct.clock < known
    const first = { client: struct.client, clock: Math.max(known, struct.clock) }
    const origin = isPartlyKnown ? { client: struct.client, clock: known - 1 } : struct.origin
    const steps = this.#place(struct, origin, first)
    this.#count += 1
    this.#steps += steps
    return {
      steps,
      work: baseWork + steps + this.#moved(struct.client) + this.#moved(origin?.client),
    }
  }

  #place(struct: UpdateStruct, origin: StructId | undefined, first: StructId): number {
    const parent = origin && this.#findTaken(origin)
    const next = this.#nextOf(origin, parent)
    const isBetween = origin !== undefined && next === nameOf(struct.rightOrigin)
    const steps = parent
      ? this.#amongTaken(parent, struct, origin, isBetween)
      : this.#amongStored(struct, origin, isBetween)
    // What looks for its place may come to stand between others; a first child stands behind its parent.
    if (steps > (parent ? 1 : 0)) this.#next.clear()
    else if (origin) this.#follow(origin, first, struct, isBetween || steps === 0)
    return steps
  }

  /** The name of what stands directly behind an id, as far as that is sure. */
  #nextOf(origin: StructId | undefined, parent: Taken | undefined): string | undefined {
    if (!origin) return undefined
    const isInside = parent && origin.clock < parent.clock + parent.length - 1
    const inside = isInside ? { client: origin.client, clock: origin.clock + 1 } : undefined
    return this.#next.get(nameOf(origin)) ?? (inside && nameOf(inside))
  }

  /** A struct was placed right behind its origin, and perhaps right before what it says. */
  #follow(origin: StructId, first: StructId, struct: UpdateStruct, isBefore: boolean): void {
    const last = { client: struct.client, clock: struct.clock + struct.length - 1 }
    this.#next.set(nameOf(origin), nameOf(first))
    if (isBefore) this.#next.set(nameOf(last), nameOf(struct.rightOrigin))
  }

  /** What it takes to delete a range, of which `items` are stored. */
  ofDelete(range: IdRange, items: number): number {
    return baseWork + items * deleteWork + 2 * this.#moved(range.client)
  }

  /** It builds on a struct that comes with it: only structs that do so too can be between the two. */
  #amongTaken(parent: Taken, struct: UpdateStruct, origin: StructId, isBetween: boolean): number {
    const isFirst = origin.clock === parent.clock + parent.length - 1 && !parent.hasNext
    parent.hasNext ||= isFirst
    const steps = isBetween ? 0 : isFirst ? 1 : parent.family.size + 1
    this.#take(struct, { origin, family: parent.family, right: null, key: parent.key })
    return steps
  }

  #amongStored(struct: UpdateStruct, origin: StructId | undefined, isBetween: boolean): number {
    const rightTaken = struct.rightOrigin && this.#findTaken(struct.rightOrigin)
    const right = rightTaken ? rightOf(rightTaken, origin) : this.#findItem(struct.rightOrigin)
    const left = this.#findItem(origin)
    const key = struct.key ?? left?.parentSub ?? rightTaken?.key ?? right?.parentSub ?? undefined
    const name = origin ? nameOf(origin) : `key ${key ?? ''}`
    const family = this.#families.get(name) ?? { size: 0 }
    this.#families.set(name, family)
    const steps = isBetween ? 0 : this.#stepsAmong(struct, { origin, left, right, key, family })
    this.#take(struct, { origin, family, right, key })
    return steps
  }

  #stepsAmong(struct: UpdateStruct, place: Place & { readonly family: Family }): number {
    const { steps, isAlone } = this.#walk(struct, place)
    // Each that comes with it may stand between, and may have parted two stored items.
    return steps + (isAlone ? place.family.size : 3 * this.#count)
  }

  /** Follows the loop of `Item.integrate`. `isAlone` says that nothing stored belongs to the conflict. */
  #walk(struct: UpdateStruct, place: Place): { steps: number; isAlone: boolean } {
    const { origin, left, right } = place
    if (left !== null && left === right) {
      // Both lie in one item, which is going to be parted between them; or the right one is no right one.
      const distance = (struct.rightOrigin?.clock ?? 0) - (origin?.clock ?? 0)
      if (distance > 0) return { steps: distance === 1 ? 0 : 1, isAlone: distance === 1 }
      return this.#walk(struct, { ...place, right: null })
    }
    // Behind what is no item any more nothing is placed, and behind what is missing nothing stored is.
    if (origin && !left) return { steps: 0, isAlone: true }
    const first = this.#firstBetween(place)
    let { steps } = first
    const scanned = new Set<Y.Item>()
    for (let item = first.item; item && item !== right; item = item.right) {
      steps += 1
      if (steps > this.#stepsLeft) return { steps, isAlone: false }
      scanned.add(item)
      const isRest = item === left
      const isSibling = isRest || isSameId(origin, item.origin)
      if (isSibling ? this.#endsAt(struct, item, isRest) : !this.#buildsOn(item, scanned))
        return { steps, isAlone: scanned.size === 1 }
    }
    // A right origin inside its item parts it, and its first half is between too.
    const isRightParted =
      right !== null && right.length > 1 && !isSameId(struct.rightOrigin, right.id)
    return { steps: steps + (isRightParted ? 1 : 0), isAlone: scanned.size === 0 && !isRightParted }
  }

  /** The item behind the origin. Where the origin lies inside an item, the rest of that comes first. */
  #firstBetween({ origin, left, key }: Place): { item: Y.Item | null; steps: number } {
    if (origin && left) {
      const isInside = origin.clock < left.id.clock + left.length - 1
      return { item: isInside ? left : left.right, steps: 0 }
    }
    if (key === undefined) return { item: this.#root._start, steps: 0 }
    let item = this.#root._map.get(key) ?? null
    let steps = 0
    for (; item?.left && steps <= this.#stepsLeft; item = item.left) steps += 2
    return { item, steps }
  }

  #endsAt(struct: UpdateStruct, item: Y.Item, isRest: boolean): boolean {
    if (item.id.client < struct.client) return false
    return !isRest && isSameId(struct.rightOrigin, item.rightOrigin)
  }

  #buildsOn(item: Y.Item, scanned: ReadonlySet<Y.Item>): boolean {
    const origin = item.origin && this.#findItem(item.origin)
    return origin !== null && scanned.has(origin)
  }

  #take(
    { client, clock, length }: UpdateStruct,
    place: Pick<Taken, 'origin' | 'family' | 'right' | 'key'>,
  ): void {
    place.family.size += 1
    const taken = this.#taken.get(client) ?? []
    taken.push({ client, clock, length, ...place, hasNext: false })
    this.#taken.set(client, taken)
  }

  #findTaken({ client, clock }: StructId): Taken | undefined {
    const taken = this.#taken.get(client)
    const last = taken?.at(-1)
    if (!taken || !last || clock >= last.clock + last.length) return undefined
    if (clock >= last.clock) return last
    let [low, high] = [0, taken.length - 1]
    while (low <= high) {
      const middle = (low + high) >>> 1
      const one = taken[middle]
      if (!one) return undefined
      if (clock < one.clock) high = middle - 1
      else if (clock >= one.clock + one.length) low = middle + 1
      else return one
    }
    return undefined
  }

  /** The stored item of an id; `null` for none, for what is not stored, and for what is no item any more. */
  #findItem(id: StructId | null | undefined): Y.Item | null {
    if (!id || id.clock >= Y.getState(this.#store, id.client)) return null
    const struct = Y.getItem(this.#store, Y.createID(id.client, id.clock))
    return struct instanceof Y.Item ? struct : null
  }

  #moved(client: number | undefined): number {
    if (client === undefined) return 0
    return (this.#store.clients.get(client)?.length ?? 0) / structsMovedPerStep
  }
}

/** Where the look for a place ends at the latest that ends at `taken`: it is before it if both have one origin. */
function rightOf(taken: Taken, origin: StructId | undefined): Y.Item | null {
  return isSameId(taken.origin, origin) ? taken.right : null
}

function nameOf(id: StructId | undefined): string {
  return id ? `${id.client} ${id.clock}` : 'none'
}

function isSameId(one: StructId | null | undefined, other: StructId | null | undefined): boolean {
  if (!one || !other) return !one && !other
  return one.client === other.client && one.clock === other.clock
}
