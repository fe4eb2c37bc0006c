import { randomBytes } from 'node:crypto'
import type { ContentKeys } from '../content-keys.ts'

/** Keys of an installation that never rotates. */
export function newContentKeys(): ContentKeys {
  const key = randomBytes(32)
  return { current: { id: 1, key }, find: async () => key }
}
