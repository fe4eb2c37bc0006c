import {
  type Node,
  nodeKindSchema,
  nodeSchema,
  type Page,
  pageQuerySchema,
  pageSchema,
} from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { decodeChildrenCursor, encodeChildrenCursor } from '../nodes/children-cursor.ts'
import { presentNodes } from '../nodes/present-node.ts'
import { nodeParams } from './schemas.ts'

/** What is in a folder and not in the trash, by name. */
export function listChildren({ access, nodes, people }: FilesContext) {
  return endpoint({
    summary: 'What is in a folder, by name',
    answers: { 200: pageSchema(nodeSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/nodes/:id/children',
    access: 'user',
    params: nodeParams,
    query: pageQuerySchema.extend({ kind: nodeKindSchema.optional() }),
    async handle({ caller, params, query }) {
      const after = query.cursor === undefined ? undefined : decodeChildrenCursor(query.cursor)
      const folder = await access.requireNode(caller.userId, params.id, 'read')
      if (folder.kind !== 'folder')
        throw new ProblemError('bad_request', { detail: 'Only a folder has children' })
      const found = await nodes.listChildren(params.id, {
        after,
        limit: query.limit + 1,
        kind: query.kind,
      })
      const page = found.slice(0, query.limit)
      const last = found.length > query.limit ? page.at(-1) : undefined
      const items = await presentNodes(page, people)
      const nextCursor = last ? encodeChildrenCursor({ nameKey: last.name_key, id: last.id }) : null
      return json({ items, nextCursor } satisfies Page<Node>)
    },
  })
}
