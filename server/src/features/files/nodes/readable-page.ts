import type { NodeId } from '@cloudsync/protocol'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '#platform/http/lists/cursor.ts'

/** The sort key of a row. */
export interface RowPlace {
  readonly at: Date
  readonly id: string
}

/** Where a list goes on: after a row that its reader was shown, or from the first, without so many rows then. */
export interface ListPosition {
  readonly after: RowPlace | undefined
  readonly skip: number
}

/** Rows in their order, each of a node that somebody may read or not. */
export interface RowList<Row> {
  readonly read: (from: ListPosition, limit: number) => Promise<readonly Row[]>
  readonly nodeIdOf: (row: Row) => NodeId
  readonly placeOf: (row: Row) => RowPlace
}

interface Page {
  readonly from: ListPosition
  readonly limit: number
}

/** Of one request: whoever may read nothing of a long list does not keep the database busy. */
const maxRows = 10_000
const rowsAtOnce = 1_000

/**
 * The rows of a list that somebody may read, with where it goes on if there are more of them. Neither tells of the
 * others: a page is short only behind very many of these, and a position then counts them and names none.
 */
export async function readPage<Row>(
  { read, nodeIdOf, placeOf }: RowList<Row>,
  findReadable: (ids: readonly NodeId[]) => Promise<Pick<ReadonlySet<NodeId>, 'has'>>,
  { from, limit }: Page,
): Promise<{ readonly rows: readonly Row[]; readonly next: ListPosition | undefined }> {
  const rows: Row[] = []
  let { after, skip } = from
  let at = from
  for (let looked = 0; looked < maxRows;) {
    const count = looked === 0 ? limit + 1 : rowsAtOnce
    const found = await read(at, count + 1)
    const batch = found.slice(0, count)
    const readable = await findReadable(batch.map(nodeIdOf))
    for (const row of batch) {
      if (!readable.has(nodeIdOf(row))) skip += 1
      else if (rows.length === limit) return { rows, next: { after, skip: 0 } }
      else {
        rows.push(row)
        after = placeOf(row)
        skip = 0
      }
    }
    const last = batch.at(-1)
    if (!last || found.length <= count) return { rows, next: undefined }
    at = { after: placeOf(last), skip: 0 }
    looked += batch.length
  }
  return { rows, next: { after, skip } }
}

const skipSchema = z.int().min(0).max(10_000_000)
const cursorSchema = z.union([
  z.tuple([z.iso.datetime(), z.uuid(), skipSchema.optional()]),
  z.tuple([z.null(), z.null(), skipSchema]),
])

/** A position as an opaque string for the client. */
export function encodePosition({ after, skip }: ListPosition): string {
  const place = after ? [after.at.toISOString(), after.id] : [null, null]
  return encodeCursor(after && skip === 0 ? place : [...place, skip])
}

/** The first position without a cursor. Throws `bad_request` for what `encodePosition` did not make. */
export function decodePosition(cursor: string | undefined): ListPosition {
  if (cursor === undefined) return { after: undefined, skip: 0 }
  const [at, id, skip = 0] = decodeCursor(cursor, cursorSchema)
  return { after: at === null || id === null ? undefined : { at: new Date(at), id }, skip }
}
