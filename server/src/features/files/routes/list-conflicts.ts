import {
  type Conflict,
  conflictSchema,
  conflictsQuerySchema,
  type Page,
  pageSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { decodeCursor, encodeCursor } from '#platform/http/lists/cursor.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { listConflictRows, type ConflictRow } from '../conflicts/conflict-records.ts'
import { presentConflicts } from '../conflicts/present-conflict.ts'
import type { FilesContext } from '../files-context.ts'

/** The conflicts of a space or of a node that the caller may read, the latest first. A page may be short. */
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
      const after = query.cursor === undefined ? undefined : positionOf(query.cursor)
      if (nodeId) await access.requireNode(caller.userId, nodeId, 'node.read')
      else if (spaceId) await access.requireInside(caller.userId, spaceId)
      else throw new ProblemError('bad_request', { detail: 'Name a space or a node' })
      const of = nodeId ? { nodeId } : { spaceId: spaceId as NonNullable<typeof spaceId> }
      const isOpenOnly = state === 'open'
      const wanted = { of, isOpenOnly, after, limit: limit + 1 }
      const found = await listConflictRows(db.kysely, wanted)
      const { items: page, nextCursor } = pageOf(found, limit, cursorOf)
      const readable = await access.listAccess(
        caller.userId,
        page.map((row) => row.node_id),
      )
      const rows = page.filter((row) => readable.has(row.node_id))
      return json({
        items: await presentConflicts(rows, nodes, people),
        nextCursor,
      } satisfies Page<Conflict>)
    },
  })
}

const placeSchema = z.tuple([z.iso.datetime(), z.uuid()])

function cursorOf({ created_at: createdAt, id }: ConflictRow): string {
  return encodeCursor([createdAt, id])
}

function positionOf(cursor: string) {
  const [createdAt, id] = decodeCursor(cursor, placeSchema)
  return { createdAt: new Date(createdAt), id }
}
