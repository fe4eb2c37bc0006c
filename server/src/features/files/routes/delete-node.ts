import { ifSeqSchema, trashedSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { readIdempotentRequest } from '#platform/http/idempotency.ts'
import { doCommand } from './answer-commands.ts'
import { nodeParams, treeProblems } from './schemas.ts'

/**
 * Puts a node into the trash, where it may lie already. Who has it open is sent away. Whoever asks for
 * JSON is told the batch by which it comes back.
 */
export function deleteNode(context: FilesContext) {
  return endpoint({
    summary: 'Put a node into the trash',
    answers: { 200: trashedSchema, 204: 'empty' },
    problems: treeProblems,
    heeds: ['idempotency-key'],
    method: 'delete',
    path: '/nodes/:id',
    access: 'user',
    needs: { node: 'node.delete', of: 'params.id' },
    params: nodeParams,
    query: z.object({ ifSeq: z.coerce.number().pipe(ifSeqSchema).optional() }),
    async handle({ caller, params, query, raw }) {
      const request = readIdempotentRequest(raw, { ...params, ...query })
      const command = { type: 'trash' as const, id: params.id, ...query }
      const { batchId } = await doCommand(context, caller, command, request)
      const wantsJson = raw.headers.accept?.includes('application/json') === true
      return wantsJson ? json({ batchId }) : empty()
    },
  })
}
