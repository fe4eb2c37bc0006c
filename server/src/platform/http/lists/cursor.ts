import type { z } from 'zod'
import { ProblemError } from '../../problem-error.ts'

/** A place in a list, as an opaque string for the client. */
export function encodeCursor(place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** Throws `bad_request` for what `encodeCursor` did not make of such a place. */
export function decodeCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  const place = schema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()))
  if (!place.success) throw invalidCursor()
  return place.data
}

export function invalidCursor(): ProblemError {
  return new ProblemError('bad_request', { detail: 'The cursor is not valid' })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
