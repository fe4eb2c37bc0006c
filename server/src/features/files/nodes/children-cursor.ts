import { nodeIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { ProblemError } from '#platform/problem-error.ts'
import type { ChildrenPosition } from './node-reader.ts'

const positionSchema = z.tuple([z.string(), nodeIdSchema])

/** A place in a listing, as an opaque string for the client. */
export function encodeChildrenCursor({ nameKey, id }: ChildrenPosition): string {
  return Buffer.from(JSON.stringify([nameKey, id])).toString('base64url')
}

/** Throws `bad_request` for what `encodeChildrenCursor` did not make. */
export function decodeChildrenCursor(cursor: string): ChildrenPosition {
  const result = positionSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  if (!result.success || result.data[0].includes('\0'))
    throw new ProblemError('bad_request', { detail: 'The cursor is not valid' })
  const [nameKey, id] = result.data
  return { nameKey, id }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
