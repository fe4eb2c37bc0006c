import {
  type NodeId,
  type Page,
  pageSchema,
  type TrashItem,
  trashItemSchema,
  trashQuerySchema,
} from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { presentNodes } from '../nodes/present-node.ts'
import { decodePosition, encodePosition, readPage, type RowList } from '../nodes/readable-page.ts'
import { presentPerson } from '../people.ts'
import { listPaths, listTrash as list, type TrashedRow } from '../tree/trash.ts'

const dayMs = 86_400_000

/** What lies in the trash of a space and the caller may read, the latest first. A page may be short, seldom. */
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
      const from = decodePosition(cursor)
      await access.requireInside(caller.userId, spaceId)
      const trash: RowList<TrashedRow> = {
        read: (at, count) => list(db.kysely, spaceId, { from: at, limit: count }),
        nodeIdOf: ({ id }) => id,
        placeOf: ({ trashed_at: at, id }) => ({ at, id }),
      }
      const findReadable = (ids: readonly NodeId[]) => access.listAccess(caller.userId, ids)
      const { rows, next } = await readPage(trash, findReadable, { from, limit })
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
      const users = await people.findPeople([...new Set(trashers)])
      const nodes = await presentNodes(rows, people)
      const items = rows.flatMap((row, index): TrashItem[] => {
        const node = nodes[index]
        if (!node) return []
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
      return json({
        items,
        nextCursor: next ? encodePosition(next) : null,
      } satisfies Page<TrashItem>)
    },
  })
}
