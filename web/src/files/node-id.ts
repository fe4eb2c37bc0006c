import type { NodeId } from '@cloudsync/protocol'
import { createUuid } from '../api/create-uuid.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The node that an address names, or `undefined` when it can be none. */
export function readNodeId(text: string): NodeId | undefined {
  const id = text.toLowerCase()
  return uuid.test(id) ? (id as NodeId) : undefined
}

export function createNodeId(now: number, random?: Uint8Array): NodeId {
  return createUuid(now, random) as NodeId
}
