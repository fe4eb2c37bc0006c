import { emptiedTrashSchema, spaceIdSchema, type NodeId, type UserId } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { decodePosition } from '../nodes/readable-page.ts'
import { requireRemoval } from '../tree/closed-below.ts'
import { listTrash, purgeNode } from '../tree/trash.ts'

const batchSize = 100

/** Deletes what is in the trash of a space and the caller may delete for good. Tells how many nodes it was. */
export function emptyTrash(context: FilesContext) {
  return endpoint({
    summary: 'Delete everything in the trash of a space for good',
    answers: { 200: emptiedTrashSchema },
    problems: ['not_found', 'forbidden'],
    method: 'delete',
    path: '/trash',
    access: 'user',
    needs: { space: 'space.manage', of: 'query.spaceId' },
    query: z.object({ spaceId: spaceIdSchema }),
    async handle({ caller, query, signal }) {
      await context.access.requireSpace(caller.userId, query.spaceId, 'space.manage')
      let count = 0
      let from = decodePosition(undefined)
      while (!signal.aborted) {
        const page = { from, limit: batchSize }
        const rows = await listTrash(context.db.kysely, query.spaceId, page)
        const last = rows.at(-1)
        if (!last) break
        from = { after: { at: last.trashed_at, id: last.id }, skip: 0 }
        for (const { id } of rows) count += await purgeIfThere(context, id, caller.userId)
      }
      return json({ purged: count })
    },
  })
}

/** Somebody else may have restored it, or purged it with its folder; or it is not the caller's to purge. */
async function purgeIfThere(context: FilesContext, id: NodeId, actorId: UserId): Promise<number> {
  try {
    await requireRemoval(context.access, actorId, id)
    await purgeNode(context, id, actorId)
    return 1
  } catch (error) {
    if (error instanceof ProblemError) return 0
    throw error
  }
}
