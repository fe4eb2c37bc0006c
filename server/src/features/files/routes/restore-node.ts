import { nodeSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { readIdempotentRequest } from '#platform/http/idempotency.ts'
import { answerCommand } from './answer-commands.ts'
import { nodeParams, treeProblems } from './schemas.ts'

/**
 * Brings a node back from the trash, into its old folder or the nearest one above that lives; under
 * `name (2).ext` when its name is taken by now. A private folder that it lies in comes back too.
 */
export function restoreNode(context: FilesContext) {
  return endpoint({
    summary: 'Bring a node back from the trash',
    answers: { 200: nodeSchema },
    problems: treeProblems,
    heeds: ['idempotency-key'],
    method: 'post',
    path: '/nodes/:id/restore',
    access: 'user',
    needs: { node: 'node.delete', of: 'params.id' },
    params: nodeParams,
    async handle({ caller, params, raw }) {
      const request = readIdempotentRequest(raw, params)
      const command = { type: 'restore' as const, id: params.id }
      return json((await answerCommand(context, caller, command, request)).node)
    },
  })
}
