import * as Y from 'yjs'
import { deleteWork, WorkEstimate, type RootType } from './integration-work.ts'
import { PieceParts } from './piece-parts.ts'
import type { UpdateStruct } from './read-update.ts'
import type { IdRange } from './update-scan.ts'

/** An update that is applied in one go. */
export interface UpdatePiece {
  readonly update: Uint8Array
  /** Items among which places must be found (`IntegrationWork`), from above. */
  readonly steps: number
  /** Its structs wait for what nobody has: the steps are taken when that comes. */
  readonly isWaiting: boolean
}

export interface PieceLimits {
  /** What one piece may take, in steps of some 300 ns (`IntegrationWork`). A struct is never parted. */
  readonly maxWork: number
  /** Steps of one piece are counted up to this number: a sum above means "more than that". */
  readonly maxSteps: number
}

/** Gathers structs and deletes of an update, byte for byte, until they take as long as a piece may. */
export class PieceBuilder {
  readonly #source: Uint8Array
  readonly #document: Y.Doc
  readonly #root: RootType
  readonly #limits: PieceLimits
  #parts = new PieceParts()
  #estimate: WorkEstimate
  #work = 0
  #steps = 0

  constructor(source: Uint8Array, document: Y.Doc, root: RootType, limits: PieceLimits) {
    this.#source = source
    this.#document = document
    this.#root = root
    this.#limits = limits
    this.#estimate = this.#newEstimate()
  }

  get isEmpty(): boolean {
    return this.#parts.isEmpty
  }

  /** What the structs and deletes gathered so far take. */
  get work(): number {
    return this.#work
  }

  /** Takes a struct unless that were too much. An empty piece takes any. Structs come before deletes. */
  tryStruct(struct: UpdateStruct): boolean {
    if (!this.#parts.fits(struct)) return false
    const { steps, work } = this.#estimate.add(struct)
    if (!this.isEmpty && this.#work + work > this.#limits.maxWork) return false
    this.#parts.addStruct(struct)
    this.#work += work
    this.#steps += steps
    return true
  }

  /** Takes as much of a range as is not too much, and gives the rest. An empty piece takes some of any. */
  tryDelete(range: IdRange): IdRange | undefined {
    const room =
      (this.#limits.maxWork - this.#work - this.#estimate.ofDelete(range, 0)) / deleteWork
    if (room < 1 && !this.isEmpty) return range
    const { length, items } = this.#cut(range, Math.max(1, Math.floor(room)))
    this.#parts.addDelete({ ...range, length })
    this.#work += this.#estimate.ofDelete(range, items)
    return length < range.length
      ? { client: range.client, clock: range.clock + length, length: range.length - length }
      : undefined
  }

  /** Gives what was gathered, and begins anew on the document as it is by then. */
  take(): UpdatePiece {
    const piece = { update: this.#parts.encode(this.#source), steps: this.#steps, isWaiting: false }
    this.#parts = new PieceParts()
    this.#work = this.#steps = 0
    this.#estimate = this.#newEstimate()
    return piece
  }

  /** What structs will take that are not applied yet. */
  stepsOf(structs: readonly UpdateStruct[]): number {
    const estimate = this.#newEstimate()
    return structs.reduce((sum, struct) => sum + estimate.add(struct).steps, 0)
  }

  #newEstimate(): WorkEstimate {
    return new WorkEstimate(this.#document, this.#root, this.#limits.maxSteps)
  }

  /** How much of a range holds at most `maxItems` stored structs, and how many that are. */
  #cut({ client, clock, length }: IdRange, maxItems: number): { length: number; items: number } {
    const structs = this.#document.store.clients.get(client) ?? []
    const end = Math.min(clock + length, Y.getState(this.#document.store, client))
    if (clock >= end) return { length, items: 0 }
    const first = Y.findIndexSS(structs, clock)
    const last = Y.findIndexSS(structs, end - 1)
    if (last - first < maxItems) return { length, items: last - first + 1 }
    return { length: (structs[first + maxItems]?.id.clock ?? end) - clock, items: maxItems }
  }
}
