import { nodeSchema, wholeListSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { presentNodes } from '../nodes/present-node.ts'
import { listAncestors as list } from '../tree/ancestry.ts'
import { nodeParams } from './schemas.ts'

/** The folders above a node, from the root down, or from the highest that the caller may read without a gap. */
export function listAncestors({ access, db, people }: FilesContext) {
  return endpoint({
    summary: 'The folders above a node, from the root down',
    answers: { 200: wholeListSchema(nodeSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/nodes/:id/ancestors',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: nodeParams,
    async handle({ caller, params }) {
      await access.requireNode(caller.userId, params.id, 'node.read')
      const rows = await list(db.kysely, params.id)
      const readable = await access.listAccess(
        caller.userId,
        rows.map(({ id }) => id),
      )
      const lastClosed = rows.findLastIndex(({ id }) => !readable.has(id))
      const seen = rows.slice(lastClosed + 1)
      return json({ items: await presentNodes(seen, people), nextCursor: null })
    },
  })
}
