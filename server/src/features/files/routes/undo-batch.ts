import { undoneBatchSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { listBatch } from '../tree/trash.ts'
import { answerBulk } from './answer-commands.ts'
import { treeProblems } from './schemas.ts'

const maxNodes = 1_000

/** Brings back everything that one request has put into the trash. */
export function undoBatch(context: FilesContext) {
  return endpoint({
    summary: 'Bring back what one request has put into the trash',
    answers: { 200: undoneBatchSchema },
    problems: treeProblems,
    method: 'post',
    path: '/trash/batches/:batchId/undo',
    access: 'user',
    needs: { each: 'node.delete' },
    params: z.object({ batchId: z.uuid() }),
    async handle({ caller, params }) {
      const rows = await listBatch(context.db.kysely, params.batchId, maxNodes)
      if (rows.length === 0) throw new ProblemError('not_found')
      const readable = await context.access.listAccess(
        caller.userId,
        rows.map(({ id }) => id),
      )
      const commands = rows.flatMap(({ id }) =>
        readable.has(id) ? [{ type: 'restore' as const, id }] : [],
      )
      const { results } = await answerBulk(context, caller, commands)
      const items = results.flatMap((result) => (result.ok ? [result.node] : []))
      // Nobody learns of what they may not see.
      if (items.length === 0) throw new ProblemError('not_found')
      return json({ items, results, nextCursor: null })
    },
  })
}
