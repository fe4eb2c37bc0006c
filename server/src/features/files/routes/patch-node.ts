import { nodeSchema, patchNodeRequestSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { readIdempotentRequest } from '#platform/http/idempotency.ts'
import { answerCommand } from './answer-commands.ts'
import { nodeParams, treeProblems } from './schemas.ts'

/** Renames a node, moves it to another folder, says whether a file is executable, or sets a folder's conflict policy. */
export function patchNode(context: FilesContext) {
  return endpoint({
    summary: 'Rename or move a node, set the mode of a file or the conflict policy of a folder',
    answers: { 200: nodeSchema },
    problems: treeProblems,
    heeds: ['idempotency-key'],
    method: 'patch',
    path: '/nodes/:id',
    access: 'user',
    needs: { node: 'node.edit', of: 'params.id' },
    params: nodeParams,
    body: patchNodeRequestSchema,
    async handle({ caller, params, body, raw }) {
      const request = readIdempotentRequest(raw, { ...params, body })
      const command = {
        ...body,
        type: 'move' as const,
        id: params.id,
        ifTaken: body.ifTaken ?? 'fail',
      }
      return json((await answerCommand(context, caller, command, request)).node)
    },
  })
}
