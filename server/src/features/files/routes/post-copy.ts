import { copyNodeRequestSchema, nodeSchema } from '@cloudsync/protocol'
import { created, endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { readIdempotentRequest } from '#platform/http/idempotency.ts'
import { answerCommand, copyCommand } from './answer-commands.ts'
import { nodeParams, treeProblems } from './schemas.ts'

/** Copies a node with all that is below it. */
export function postCopy(context: FilesContext) {
  return endpoint({
    summary: 'Copy a node with all that is below it',
    answers: { 200: nodeSchema, 201: nodeSchema },
    problems: treeProblems,
    heeds: ['idempotency-key'],
    method: 'post',
    path: '/nodes/:id/copies',
    access: 'user',
    needs: { node: 'node.read', of: 'params.id' },
    params: nodeParams,
    body: copyNodeRequestSchema,
    async handle({ caller, params, body, raw }) {
      const request = readIdempotentRequest(raw, { ...params, body })
      const { id: copyId, ...wish } = body
      const command = copyCommand(params.id, { ...wish, copyId })
      const { node, isNew } = await answerCommand(context, caller, command, request)
      return isNew ? created(node, `/api/v1/nodes/${node.id}`) : json(node)
    },
  })
}
