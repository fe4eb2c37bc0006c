import {
  type Changes,
  changesQuerySchema,
  changesSchema,
  type SpaceId,
  spaceIdSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import type { Database } from '#platform/db/database.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { presentVisible } from '../nodes/visible-nodes.ts'
import { listChanges as list } from '../tree/change-feed.ts'

/**
 * What has changed in a space since a sequence number, of what the caller may see: a member with private folders
 * of others in it, or somebody who was given a part of it. A page may be short, or empty, and not the last.
 */
export function listChanges(context: FilesContext) {
  const { access, db } = context
  return endpoint({
    summary: 'What has changed in a space',
    answers: { 200: changesSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/spaces/:id/changes',
    access: 'user',
    needs: { inside: 'params.id' },
    params: z.object({ id: spaceIdSchema }),
    query: changesQuerySchema,
    async handle({ caller, params, query }) {
      const rootId = await access.requireInside(caller.userId, params.id)
      const { cursor: after, limit } = query
      if (after === 'latest') return json(await latest(db, params.id))
      const found = await list(db.kysely, params.id, { after, limit: limit + 1 })
      const entries = found.slice(0, limit)
      const rows = entries.flatMap(({ row }) => row ?? [])
      const nodes = await presentVisible(context, caller.userId, rows)
      const lay = entries.flatMap((entry) =>
        entry.type === 'gone' ? [entry.folderId ?? rootId] : [],
      )
      const readable = await access.listAccess(caller.userId, lay)
      const items = entries.flatMap((entry): Changes['items'] => {
        const { seq, row } = entry
        const node = row && nodes.get(row.id)
        if (entry.type === 'gone')
          return node || !readable.has(entry.folderId ?? rootId)
            ? []
            : [{ type: 'gone', seq, id: entry.id }]
        return node ? [{ type: 'node', seq, node }] : []
      })
      const nextCursor = String(entries.at(-1)?.seq ?? after)
      return json({ items, nextCursor, hasMore: found.length > limit } satisfies Changes)
    },
  })
}

/** Where the feed goes on from now. */
async function latest(db: Database, spaceId: SpaceId): Promise<Changes> {
  const { seq } = await db.kysely
    .selectFrom('spaces')
    .select('seq')
    .where('id', '=', spaceId)
    .executeTakeFirstOrThrow()
  return { items: [], nextCursor: String(seq), hasMore: false }
}
