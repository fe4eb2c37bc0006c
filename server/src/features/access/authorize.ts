import { nodeIdSchema, spaceIdSchema } from '@cloudsync/protocol'
import type { Authorize } from '#platform/http/need.ts'
import type { Access } from './access.ts'

/** Asks for what endpoints declare that they need. */
export function authorizeBy(access: Access): Authorize {
  return async ({ userId }, need, id) => {
    if (need === 'own' || 'each' in need) return
    if ('node' in need) await access.requireNode(userId, nodeIdSchema.parse(id), need.node)
    else if ('space' in need) await access.requireSpace(userId, spaceIdSchema.parse(id), need.space)
    else await access.requireInside(userId, spaceIdSchema.parse(id))
  }
}
