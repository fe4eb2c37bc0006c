import type { Refused } from './refusal.ts'

/** Ids `clock` up to `clock + length`, exclusive, of one client. */
export interface IdRange {
  readonly client: number
  readonly clock: number
  readonly length: number
}

export interface StructId {
  readonly client: number
  readonly clock: number
}

/** What a struct holds, in the words of Yjs. `document` is a subdocument. */
export type ContentKind =
  | 'gc'
  | 'deleted'
  | 'json'
  | 'binary'
  | 'string'
  | 'embed'
  | 'format'
  | 'type'
  | 'any'
  | 'document'

/** What an update holds, without its content. */
export interface UpdateScan {
  readonly kind: 'ok'
  readonly byteLength: number
  /** Per client, in the order of the update and of the clock; touching ranges are one, a `Skip` parts them. */
  readonly structs: readonly IdRange[]
  /** Per client, in the order of the update and of the clock, not overlapping. */
  readonly deletes: readonly IdRange[]
  /** Clients that the update brings structs of, also when these are all left out. */
  readonly clientCount: number
  readonly structCount: number
  readonly gapCount: number
  /** UTF-16 units in all strings of text that it brings, deleted ones included. */
  readonly insertedUnits: number
  readonly contents: ReadonlySet<ContentKind>
  /** Top-level types that structs name as their parent. */
  readonly rootNames: ReadonlySet<string>
  /** Some struct has a key: it is an entry of a map or an attribute. */
  readonly hasKeys: boolean
  /** Some struct names its parent and no key: it is an item of a list or a text. */
  readonly hasListItems: boolean
  /** Some struct lies in a type that is no root. */
  readonly hasNestedParents: boolean
  /** Per client, the highest id of it that structs of other clients build on. */
  readonly references: readonly StructId[]
  /** Neither structs nor deletes, as `[0, 0]` has. */
  readonly isEmpty: boolean
}

export type UpdateScanResult = UpdateScan | Refused
