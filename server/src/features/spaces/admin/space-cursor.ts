import { spaceIdSchema, spaceOrders, type SpaceOrder } from '@cloudsync/protocol'
import { z } from 'zod'
import { ProblemError } from '#platform/problem-error.ts'
import type { SpacePosition } from './all-spaces.ts'

const cursorSchema = z.tuple([
  z.enum(spaceOrders),
  z.union([z.number(), z.string().regex(/^[^\0]*$/)]),
  spaceIdSchema,
])

/** A place in an order of spaces, as an opaque string for the client. */
export function encodeSpaceCursor(order: SpaceOrder, { key, id }: SpacePosition): string {
  return Buffer.from(JSON.stringify([order, key, id])).toString('base64url')
}

/** Throws `bad_request` for what `encodeSpaceCursor` did not make for this order. */
export function decodeSpaceCursor(order: SpaceOrder, cursor: string): SpacePosition {
  const result = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  const [of, key, id] = result.data ?? []
  if (of !== order || id === undefined || !isKeyOf(order, key))
    throw new ProblemError('bad_request', { detail: 'The cursor is not valid' })
  return { key, id }
}

function isKeyOf(order: SpaceOrder, key: string | number | undefined): key is string | number {
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
