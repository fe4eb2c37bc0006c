import type { UserId } from '@cloudsync/protocol'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The person whom an address names, or `undefined` when it can be nobody. */
export function readUserId(text: string): UserId | undefined {
  return uuid.test(text) ? (text as UserId) : undefined
}
