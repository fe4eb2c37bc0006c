import {
  nodeIdSchema,
  type Page,
  pageSchema,
  type TrashItem,
  trashItemSchema,
  trashQuerySchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { decodeCursor, encodeCursor } from '#platform/http/lists/cursor.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import type { FilesContext } from '../files-context.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { presentNodes } from '../nodes/present-node.ts'
import { presentPerson } from '../people.ts'
import { listPaths, listTrash as list, type TrashPosition } from '../tree/trash.ts'

const dayMs = 86_400_000

/** What lies in the trash of a space and the caller may read, the latest first. A page may be short. */
export function listTrash({ access, db, people }: FilesContext) {
  return endpoint({
    summary: 'What lies in the trash of a space, the latest first',
    answers: { 200: pageSchema(trashItemSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/trash',
    access: 'user',
    needs: { inside: 'query.spaceId' },
    query: trashQuerySchema,
    async handle({ caller, query }) {
      const { spaceId, cursor, limit } = query
      const after = cursor === undefined ? undefined : positionOf(cursor)
      await access.requireInside(caller.userId, spaceId)
      const found = await list(db.kysely, spaceId, { after, limit: limit + 1 })
      const { items: page, nextCursor } = pageOf(found, limit, cursorOf)
      const readable = await access.listAccess(
        caller.userId,
        page.map(({ id }) => id),
      )
      const rows = page.filter(({ id }) => readable.has(id))
      const { trash_days: trashDays } = await db.kysely
        .selectFrom('spaces')
        .select('trash_days')
        .where('id', '=', spaceId)
        .executeTakeFirstOrThrow()
      const paths = await listPaths(
        { db: db.kysely, access },
        caller.userId,
        rows.map((row) => row.id),
      )
      const trashers = rows.flatMap((row) => (row.trashed_by === null ? [] : [row.trashed_by]))
      const users = await people.findUsers([...new Set(trashers)])
      const nodes = await presentNodes(rows, people)
      const items = rows.flatMap((row, index): TrashItem[] => {
        const node = nodes[index]
        if (!node || row.trashed_at === null) return []
        return [
          {
            node,
            trashedBy: presentPerson(users, row.trashed_by),
            batchId: row.trash_batch_id ?? '',
            path: paths.get(row.id) ?? [],
            purgesAt: new Date(row.trashed_at.getTime() + trashDays * dayMs).toISOString(),
          },
        ]
      })
      return json({ items, nextCursor } satisfies Page<TrashItem>)
    },
  })
}

const placeSchema = z.tuple([z.iso.datetime(), nodeIdSchema])

function cursorOf(row: NodeRow): string {
  return encodeCursor([row.trashed_at, row.id])
}

function positionOf(cursor: string): TrashPosition {
  const [trashedAt, id] = decodeCursor(cursor, placeSchema)
  return { trashedAt: new Date(trashedAt), id }
}
