import { nodeSchema, wholeListSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { presentNodes } from '../nodes/present-node.ts'
import { listAncestors as list } from '../tree/ancestry.ts'
import { nodeParams } from './schemas.ts'

/** The folders above a node, from the root down. */
export function listAncestors({ access, db, people }: FilesContext) {
  return endpoint({
    summary: 'The folders above a node, from the root down',
    answers: { 200: wholeListSchema(nodeSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/nodes/:id/ancestors',
    access: 'user',
    params: nodeParams,
    async handle({ caller, params }) {
      await access.requireNode(caller.userId, params.id, 'read')
      const rows = await list(db.kysely, params.id)
      return json({ items: await presentNodes(rows, people), nextCursor: null })
    },
  })
}
