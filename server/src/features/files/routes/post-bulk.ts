import { type BulkOperation, bulkRequestSchema, bulkResponseSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { readIdempotentRequest } from '#platform/http/idempotency.ts'
import type { TreeCommand } from '../tree/tree-command.ts'
import { answerBulk, copyCommand, createCommand } from './answer-commands.ts'
import { treeProblems } from './schemas.ts'

/** Up to 1,000 changes of the tree, in one transaction, with one result each. */
export function postBulk(context: FilesContext) {
  return endpoint({
    summary: 'Up to 1,000 changes of the tree',
    answers: { 200: bulkResponseSchema },
    problems: treeProblems,
    heeds: ['idempotency-key'],
    method: 'post',
    path: '/nodes/bulk',
    access: 'user',
    needs: { each: 'node.read' },
    body: bulkRequestSchema,
    operations: (body) => body.operations.length,
    async handle({ caller, body, raw }) {
      const request = readIdempotentRequest(raw, body)
      const commands = body.operations.map(commandOf)
      return json(await answerBulk(context, caller, commands, request))
    },
  })
}

function commandOf(operation: BulkOperation): TreeCommand {
  switch (operation.type) {
    case 'create':
      return createCommand(operation)
    case 'move':
      return { ...operation, ifTaken: operation.ifTaken ?? 'fail' }
    case 'copy':
      return copyCommand(operation.id, operation)
    case 'trash':
    case 'restore':
      return operation
  }
}
