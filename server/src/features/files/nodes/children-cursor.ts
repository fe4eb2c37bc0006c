import { nodeIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '#platform/http/lists/cursor.ts'
import type { ChildrenPosition } from './node-reader.ts'

const placeSchema = z.tuple([z.string().regex(/^[^\0]*$/), nodeIdSchema])

export function encodeChildrenCursor({ nameKey, id }: ChildrenPosition): string {
  return encodeCursor([nameKey, id])
}

/** Throws `bad_request` for what `encodeChildrenCursor` did not make. */
export function decodeChildrenCursor(cursor: string): ChildrenPosition {
  const [nameKey, id] = decodeCursor(cursor, placeSchema)
  return { nameKey, id }
}
