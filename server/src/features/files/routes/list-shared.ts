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
import { pageOf } from '#platform/http/lists/page-of.ts'
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
      const { items: ids, nextCursor } = pageOf(found, limit, (id) => id)
      const readable = await access.listAccess(caller.userId, ids)
      const rows = await nodes.list(ids.filter((id) => readable.get(id)?.isTrashed === false))
      const items = await presentNodes(
        rows.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
        people,
      )
      return json({ items, nextCursor } satisfies Page<Node>)
    },
  })
}
