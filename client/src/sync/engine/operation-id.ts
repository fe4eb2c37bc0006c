import { createHash } from 'node:crypto'

/**
 * The id under which the server remembers a request: of the same intent, in the same state of the world, always the
 * same, so that a retry after a lost answer or a crash is known again and nothing that is pending has to be stored.
 * `parts` must hold all that the intent depends on, and the sequence number of what it changes: what has been done, and
 * undone by someone, is another intent when it is wanted again.
 */
export function operationId(linkId: string, ...parts: readonly (string | number | null)[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([linkId, ...parts]))
    .digest('hex')
  // In the shape of a UUIDv8, which is what it is: made by a rule of our own.
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-')
}
