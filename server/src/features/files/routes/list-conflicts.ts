import {
  type Conflict,
  conflictSchema,
  conflictsQuerySchema,
  type NodeId,
  type Page,
  pageSchema,
} from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { listConflictRows, type ConflictRow } from '../conflicts/conflict-records.ts'
import { presentConflicts } from '../conflicts/present-conflict.ts'
import type { FilesContext } from '../files-context.ts'
import { decodePosition, encodePosition, readPage, type RowList } from '../nodes/readable-page.ts'

/** The conflicts of a space or of a node that the caller may read, the latest first. A page may be short, seldom. */
export function listConflicts({ access, db, nodes, people }: FilesContext) {
  return endpoint({
    summary: 'The conflicts of a space or of a node, the latest first',
    answers: { 200: pageSchema(conflictSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/conflicts',
    access: 'user',
    needs: { node: 'node.read', of: 'handler' },
    query: conflictsQuerySchema,
    async handle({ caller, query }) {
      const { spaceId, nodeId, state, limit } = query
      const from = decodePosition(query.cursor)
      if (nodeId) await access.requireNode(caller.userId, nodeId, 'node.read')
      else if (spaceId) await access.requireInside(caller.userId, spaceId)
      else throw new ProblemError('bad_request', { detail: 'Name a space or a node' })
      const of = nodeId ? { nodeId } : { spaceId: spaceId as NonNullable<typeof spaceId> }
      const isOpenOnly = state === 'open'
      const conflicts: RowList<ConflictRow> = {
        read: (at, count) =>
          listConflictRows(db.kysely, { of, isOpenOnly, from: at, limit: count }),
        nodeIdOf: (row) => row.node_id,
        placeOf: ({ created_at: at, id }) => ({ at, id }),
      }
      const findReadable = (ids: readonly NodeId[]) => access.listAccess(caller.userId, ids)
      const { rows, next } = await readPage(conflicts, findReadable, { from, limit })
      return json({
        items: await presentConflicts(rows, nodes, people),
        nextCursor: next ? encodePosition(next) : null,
      } satisfies Page<Conflict>)
    },
  })
}
