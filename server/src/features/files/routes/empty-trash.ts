import { emptiedTrashSchema, spaceIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { listTrash, purgeNode } from '../tree/trash.ts'

const batchSize = 100

/** Deletes everything in the trash of a space for good. Tells how many nodes it was. */
export function emptyTrash(context: FilesContext) {
  return endpoint({
    summary: 'Delete everything in the trash of a space for good',
    answers: { 200: emptiedTrashSchema },
    problems: ['not_found', 'forbidden'],
    method: 'delete',
    path: '/trash',
    access: 'user',
    query: z.object({ spaceId: spaceIdSchema }),
    async handle({ caller, query, signal }) {
      await context.access.requireSpace(caller.userId, query.spaceId, 'manage')
      let count = 0
      while (!signal.aborted) {
        const rows = await listTrash(context.db.kysely, query.spaceId, {
          after: undefined,
          limit: batchSize,
        })
        if (rows.length === 0) break
        for (const { id } of rows) count += await purgeIfThere(context, id, caller.userId)
      }
      return json({ purged: count })
    },
  })
}

/** Somebody else may have restored it, or purged it with its folder. */
async function purgeIfThere(
  context: FilesContext,
  ...[id, actorId]: [Parameters<typeof purgeNode>[1], Parameters<typeof purgeNode>[2]]
): Promise<number> {
  try {
    await purgeNode(context, id, actorId)
    return 1
  } catch (error) {
    if (error instanceof ProblemError) return 0
    throw error
  }
}
