import { ByteReader } from './byte-reader.ts'
import { readContent, readLength } from './read-content.ts'
import { ScanRefusal } from './refusal.ts'
import type { ScanLimits } from './scan-limits.ts'
import type { ContentKind, IdRange, StructId, UpdateScan } from './update-scan.ts'

/**
 * Yjs update, version 1 (yjs 13.6 `utils/encoding.js`, `structs/*.js`, `utils/DeleteSet.js`). Numbers are
 * VarUint, strings VarString of UTF-8, `info` is one byte:
 *
 *     update   = count section*  deleteSet
 *     section  = count client clock struct*        clock: of the first struct
 *     struct   = 0 length                          GC
 *              | 10 length                         Skip: ids that are left out
 *              | info [origin] [rightOrigin] [parent [key]] content
 *     info     = content ref (bits 1–5) | 0x20 has a key | 0x40 has a right origin | 0x80 has an origin
 *     parent   = 1 rootName | 0 id                 only with neither origin; key: only with a parent
 *     id       = client clock
 *     deleteSet = count (client count (clock length)*)*
 */
const infoBits = { content: 0x1f, key: 0x20, rightOrigin: 0x40, origin: 0x80 } as const
const structRefs = { gc: 0, skip: 10 } as const

const kindOfRef: readonly (ContentKind | undefined)[] = [
  undefined,
  'deleted',
  'json',
  'binary',
  'string',
  'embed',
  'format',
  'type',
  'any',
  'document',
]

/** The bytes of one client's structs. */
export interface UpdateSection {
  readonly client: number
  readonly from: number
  readonly to: number
}

/** Without sections the update begins with the one byte of their count. */
export function deleteSetStart(sections: readonly UpdateSection[]): number {
  return sections.at(-1)?.to ?? 1
}

/** The update without its delete set. */
export function withoutDeletes(update: Uint8Array, sections: readonly UpdateSection[]): Uint8Array {
  const end = deleteSetStart(sections)
  const structs = new Uint8Array(end + 1)
  structs.set(update.subarray(0, end))
  return structs
}

/** A GC or an item, where its bytes lie and what it builds on. */
export interface UpdateStruct extends IdRange {
  readonly from: number
  readonly to: number
  readonly origin: StructId | undefined
  readonly rightOrigin: StructId | undefined
  /** The type that it lies in, where it says so itself and that is no root. */
  readonly parent: StructId | undefined
  /** The entry of a map that it is, where it says so itself: an item with an origin takes that of its origin. */
  readonly key: string | undefined
}

/**
 * Reads one update from start to end, each byte once. What it keeps is in proportion to the bytes that
 * are really there. Use it once.
 */
export class UpdateReader {
  readonly #reader: ByteReader
  readonly #limits: ScanLimits
  readonly #structs: IdRange[] = []
  readonly #deletes: IdRange[] = []
  readonly #sections: UpdateSection[] = []
  readonly #contents = new Set<ContentKind>()
  readonly #rootNames = new Set<string>()
  readonly #references = new Map<number, number>()
  readonly #kept: UpdateStruct[] | undefined
  #structsClaimed = 0
  #structCount = 0
  #gapCount = 0
  #insertedUnits = 0
  #hasKeys = false
  #hasListItems = false
  #hasNestedParents = false

  constructor(
    update: Uint8Array,
    limits: ScanLimits,
    options: { readonly isKeepingStructs?: boolean } = {},
  ) {
    this.#reader = new ByteReader(update)
    this.#limits = limits
    this.#kept = options.isKeepingStructs ? [] : undefined
  }

  /** Throws `ScanRefusal`. */
  read(): UpdateScan {
    const byteLength = this.#reader.remaining
    if (byteLength > this.#limits.maxBytes)
      throw new ScanRefusal('too_large', `${byteLength} bytes`)
    this.#readSections()
    this.#readDeleteSet()
    this.#reader.expectEnd()
    return {
      kind: 'ok',
      byteLength,
      structs: this.#structs,
      deletes: this.#deletes,
      clientCount: this.#sections.length,
      structCount: this.#structCount,
      gapCount: this.#gapCount,
      insertedUnits: this.#insertedUnits,
      contents: this.#contents,
      rootNames: this.#rootNames,
      hasKeys: this.#hasKeys,
      hasListItems: this.#hasListItems,
      hasNestedParents: this.#hasNestedParents,
      references: Array.from(this.#references, ([client, clock]): StructId => ({ client, clock })),
      isEmpty: this.#structs.length === 0 && this.#deletes.length === 0,
    }
  }

  /** After `read`: where the structs of each client lie; the delete set follows the last. */
  get sections(): readonly UpdateSection[] {
    return this.#sections
  }

  /** After `read`: every struct, when they were to be kept, in the order of the update. */
  get structs(): readonly UpdateStruct[] {
    return this.#kept ?? []
  }

  // ── Structs ──────────────────────────────────────────────────────────────────────────────────

  #readSections(): void {
    const reader = this.#reader
    const count = reader.readCount(3)
    if (count > this.#limits.maxClients)
      throw new ScanRefusal('too_many_clients', `${count} clients`)
    const seen = new Set<number>()
    for (let left = count; left > 0; left -= 1) {
      const from = reader.position
      const client = this.#readSection()
      // Yjs would forget the first of the two.
      if (seen.has(client)) throw reader.malformed(`client ${client} twice`)
      seen.add(client)
      this.#sections.push({ client, from, to: reader.position })
    }
  }

  #readSection(): number {
    const reader = this.#reader
    const count = reader.readCount(2)
    this.#structsClaimed += count
    if (this.#structsClaimed > this.#limits.maxStructs)
      throw new ScanRefusal('too_many_structs', `${this.#structsClaimed} structs`)
    const client = reader.readUint(this.#limits.maxClientId)
    let clock = reader.readUint(this.#limits.maxClock)
    let rangeStart = clock
    for (let left = count; left > 0; left -= 1) {
      const start = clock
      const info = reader.readByte()
      clock +=
        info === structRefs.skip
          ? readLength(this.#reader, this.#limits)
          : this.#readStruct(info, client, clock)
      if (clock > this.#limits.maxClock) throw new ScanRefusal('out_of_range', `clock ${clock}`)
      if (info !== structRefs.skip) continue
      this.#addGap()
      this.#addStructs(client, rangeStart, start)
      rangeStart = clock
    }
    this.#addStructs(client, rangeStart, clock)
    return client
  }

  #addGap(): void {
    this.#gapCount += 1
    if (this.#gapCount > this.#limits.maxGaps)
      throw new ScanRefusal('too_many_gaps', `${this.#gapCount} gaps`)
  }

  #addStructs(client: number, from: number, to: number): void {
    if (to > from) this.#structs.push({ client, clock: from, length: to - from })
  }

  /** Reads a GC or an item behind its `info` and gives how many ids it takes. */
  #readStruct(info: number, client: number, clock: number): number {
    this.#structCount += 1
    const from = this.#reader.position - 1
    if (info === structRefs.gc) {
      this.#contents.add('gc')
      const length = readLength(this.#reader, this.#limits)
      this.#keep({ client, clock, length, from })
      return length
    }
    const kind = kindOfRef[info & infoBits.content]
    if (kind === undefined) throw this.#unknownStruct(info)
    this.#contents.add(kind)
    const hasOrigin = (info & infoBits.origin) !== 0
    const hasRightOrigin = (info & infoBits.rightOrigin) !== 0
    const hasKey = (info & infoBits.key) !== 0
    const origin = hasOrigin ? this.#readReference(client, clock) : undefined
    const rightOrigin = hasRightOrigin ? this.#readReference(client, clock) : undefined
    const place = origin || rightOrigin ? undefined : this.#readParent(client, clock, hasKey)
    this.#hasKeys ||= hasKey
    const length = readContent(this.#reader, kind, this.#limits)
    if (kind === 'string') this.#insertedUnits += length
    // Of length 0 it would make Yjs' search by clock run astray.
    if (length === 0) throw this.#reader.malformed('an empty struct')
    this.#keep({ client, clock, length, from, origin, rightOrigin, ...place })
    return length
  }

  #keep(struct: IdRange & { from: number } & Partial<UpdateStruct>): void {
    this.#kept?.push({
      origin: undefined,
      rightOrigin: undefined,
      parent: undefined,
      key: undefined,
      ...struct,
      to: this.#reader.position,
    })
  }

  #unknownStruct(info: number): ScanRefusal {
    const ref = info & infoBits.content
    // The readers of Yjs disagree about these: some take them for a GC or Skip, some for an item.
    if (ref === structRefs.gc || ref === structRefs.skip)
      return this.#reader.malformed(`info ${info}`)
    return new ScanRefusal('unknown_content', `content ref ${ref} at byte ${this.#reader.position}`)
  }

  /** An item refers only to what its author had: of its own, to lower clocks; Yjs fails on anything else. */
  #readReference(client: number, clock: number): StructId {
    const toClient = this.#reader.readUint(this.#limits.maxClientId)
    const toClock = this.#reader.readUint(this.#limits.maxClock)
    if (toClient === client) {
      if (toClock >= clock) throw this.#reader.malformed('a struct that builds on itself')
      return { client: toClient, clock: toClock }
    }
    const highest = this.#references.get(toClient)
    if (highest === undefined || highest < toClock) this.#references.set(toClient, toClock)
    return { client: toClient, clock: toClock }
  }

  /** The key only when structs are kept. */
  #readParent(
    client: number,
    clock: number,
    hasKey: boolean,
  ): Partial<Pick<UpdateStruct, 'parent' | 'key'>> | undefined {
    let parent: StructId | undefined
    if (this.#reader.readUint(1) === 1) {
      this.#rootNames.add(this.#reader.readString())
    } else {
      this.#hasNestedParents = true
      parent = this.#readReference(client, clock)
    }
    if (!hasKey) this.#hasListItems = true
    else if (this.#kept) return { parent, key: this.#reader.readString() }
    else this.#reader.skipString()
    return parent && { parent }
  }

  // ── Deletes ──────────────────────────────────────────────────────────────────────────────────

  #readDeleteSet(): void {
    const reader = this.#reader
    const seen = new Set<number>()
    for (let left = reader.readCount(2); left > 0; left -= 1) {
      const client = reader.readUint(this.#limits.maxClientId)
      if (seen.has(client)) throw reader.malformed(`deletes of client ${client} twice`)
      seen.add(client)
      this.#readDeletes(client)
    }
  }

  /**
   * Ranges in the order of the clock: Yjs keeps those that it cannot apply yet in a form that holds
   * differences, where ranges out of order come back as other ranges.
   */
  #readDeletes(client: number): void {
    const reader = this.#reader
    const count = reader.readCount(2)
    if (this.#deletes.length + count > this.#limits.maxDeleteRanges)
      throw new ScanRefusal('too_many_deletes', `${this.#deletes.length + count} ranges`)
    let end = 0
    for (let left = count; left > 0; left -= 1) {
      const clock = reader.readUint(this.#limits.maxClock)
      const length = readLength(this.#reader, this.#limits)
      if (clock < end) throw reader.malformed('deletes out of order')
      end = clock + length
      if (end > this.#limits.maxClock) throw new ScanRefusal('out_of_range', `clock ${end}`)
      this.#deletes.push({ client, clock, length })
    }
  }
}
