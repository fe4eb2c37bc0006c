import {
  nodeIdSchema,
  pageQuerySchema,
  type Node,
  type Page,
  nodeSchema,
  pageSchema,
} from '@cloudsync/protocol'
import { sharedWith } from '#features/access/index.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { presentNodes } from '../nodes/present-node.ts'

/** The nodes that others have shared with the caller, one by one; what is shared with whole spaces is there. */
export function listShared({ access, db, nodes, people }: FilesContext) {
  return endpoint({
    summary: 'The nodes that others have shared with the caller',
    answers: { 200: pageSchema(nodeSchema) },
    method: 'get',
    path: '/shared',
    access: 'user',
    needs: 'own',
    query: pageQuerySchema.extend({ cursor: nodeIdSchema.optional() }),
    async handle({ caller, query }) {
      const { cursor: after, limit } = query
      const found = await sharedWith(db.kysely, caller.userId, { after, limit: limit + 1 })
      const ids = found.slice(0, limit)
      const readable = await access.listAccess(caller.userId, ids)
      const rows = await nodes.list(ids.filter((id) => readable.get(id)?.isTrashed === false))
      const items = await presentNodes(
        rows.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
        people,
      )
      const nextCursor = found.length > limit ? (ids.at(-1) ?? null) : null
      return json({ items, nextCursor } satisfies Page<Node>)
    },
  })
}
