import {
  type Node,
  nodeKindSchema,
  nodeSchema,
  type Page,
  pageQuerySchema,
  pageSchema,
  type UserId,
} from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { decodeChildrenCursor, encodeChildrenCursor } from '../nodes/children-cursor.ts'
import type { ShownRow } from '../nodes/node-reader.ts'
import { presentNodes } from '../nodes/present-node.ts'
import { presentVisible } from '../nodes/visible-nodes.ts'
import { nodeParams } from './schemas.ts'

/** What is in a folder and not in the trash, by name. */
export function listChildren(context: FilesContext) {
  const { access, nodes } = context
  return endpoint({
    summary: 'What is in a folder, by name',
    answers: { 200: pageSchema(nodeSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/nodes/:id/children',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: nodeParams,
    query: pageQuerySchema.extend({ kind: nodeKindSchema.optional() }),
    async handle({ caller, params, query }) {
      const after = query.cursor === undefined ? undefined : decodeChildrenCursor(query.cursor)
      const folder = await access.requireNode(caller.userId, params.id, 'node.read')
      if (folder.kind !== 'folder')
        throw new ProblemError('bad_request', { detail: 'Only a folder has children' })
      const found = await nodes.listChildren(params.id, {
        after,
        limit: query.limit + 1,
        kind: query.kind,
      })
      const { items: page, nextCursor } = pageOf(found, query.limit, ({ name_key: nameKey, id }) =>
        encodeChildrenCursor({ nameKey, id }),
      )
      const items = await present(context, caller.userId, page)
      return json({ items, nextCursor } satisfies Page<Node>)
    },
  })
}

/** Whoever may read a folder may read what is in it, but for private folders. */
async function present(
  context: FilesContext,
  userId: UserId,
  rows: readonly ShownRow[],
): Promise<readonly Node[]> {
  if (rows.every(({ inherits }) => inherits)) return presentNodes(rows, context.people)
  const visible = await presentVisible(context, userId, rows)
  return rows.flatMap(({ id }) => visible.get(id) ?? [])
}
