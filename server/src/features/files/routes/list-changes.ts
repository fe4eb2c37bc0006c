import { type Changes, changesQuerySchema, changesSchema, spaceIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { presentNodes } from '../nodes/present-node.ts'
import { listChanges as list } from '../tree/change-feed.ts'

/** What has changed in a space since a sequence number. */
export function listChanges({ access, db, people }: FilesContext) {
  return endpoint({
    summary: 'What has changed in a space',
    answers: { 200: changesSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/spaces/:id/changes',
    access: 'user',
    params: z.object({ id: spaceIdSchema }),
    query: changesQuerySchema,
    async handle({ caller, params, query }) {
      await access.requireSpace(caller.userId, params.id, 'read')
      const { cursor: after, limit } = query
      const found = await list(db.kysely, params.id, { after, limit: limit + 1 })
      const entries = found.slice(0, limit)
      const rows = entries.flatMap((entry) => (entry.type === 'node' ? [entry.row] : []))
      const nodes = new Map((await presentNodes(rows, people)).map((node) => [node.id, node]))
      const items = entries.flatMap((entry): Changes['items'] => {
        if (entry.type === 'gone') return [entry]
        const node = nodes.get(entry.row.id)
        return node ? [{ type: 'node', seq: entry.seq, node }] : []
      })
      const nextCursor = String(entries.at(-1)?.seq ?? after)
      return json({ items, nextCursor, hasMore: found.length > limit } satisfies Changes)
    },
  })
}
