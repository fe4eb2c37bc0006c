import { conflictSchema, resolveConflictRequestSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { getConflict } from '../conflicts/conflict-records.ts'
import { presentConflict } from '../conflicts/present-conflict.ts'
import type { FilesContext } from '../files-context.ts'
import { conflictParams, contentProblems, treeProblems } from './schemas.ts'

/** Decides a conflict: for one of its sides, or for both, which keeps the other as a file beside it. */
export function resolveConflict({ access, db, nodes, people, resolver }: FilesContext) {
  return endpoint({
    summary: 'Decide a conflict',
    answers: { 200: conflictSchema },
    problems: [...treeProblems, ...contentProblems],
    method: 'post',
    path: '/conflicts/:id/resolve',
    access: 'user',
    needs: { node: 'node.edit', of: 'handler' },
    params: conflictParams,
    body: resolveConflictRequestSchema,
    async handle({ caller, params, body }) {
      const { node_id: nodeId } = await getConflict(db.kysely, params.id)
      await access.requireNode(caller.userId, nodeId, 'node.edit')
      const resolved = await resolver.resolve(caller, params.id, body.choice)
      return json(await presentConflict(resolved, nodes, people))
    },
  })
}
