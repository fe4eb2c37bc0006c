import { spaceIdSchema, spaceOrders, type SpaceOrder } from '@cloudsync/protocol'
import { z } from 'zod'
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/http/lists/cursor.ts'
import type { SpacePosition } from './all-spaces.ts'

const placeSchema = z.tuple([
  z.enum(spaceOrders),
  z.union([z.number(), z.string().regex(/^[^\0]*$/)]),
  spaceIdSchema,
])

export function encodeSpaceCursor(order: SpaceOrder, { key, id }: SpacePosition): string {
  return encodeCursor([order, key, id])
}

/** Throws `bad_request` for what `encodeSpaceCursor` did not make for this order. */
export function decodeSpaceCursor(order: SpaceOrder, cursor: string): SpacePosition {
  const [of, key, id] = decodeCursor(cursor, placeSchema)
  if (of !== order || !isKeyOf(order, key)) throw invalidCursor()
  return { key, id }
}

function isKeyOf(order: SpaceOrder, key: string | number): key is string | number {
  switch (order) {
    case 'name':
      return typeof key === 'string'
    case 'full':
      return typeof key === 'number'
    case 'created':
    case 'used':
      return Number.isSafeInteger(key)
  }
}
