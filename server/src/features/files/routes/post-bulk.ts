import { bulkRequestSchema, type BulkOperation, type NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { readIdempotentRequest } from '../tree/idempotency.ts'
import type { TreeCommand } from '../tree/tree-command.ts'
import { answerBulk } from './answer-commands.ts'

/** Up to 1,000 changes of the tree, in one transaction, with one result each. */
export function postBulk(context: FilesContext) {
  return endpoint({
    method: 'post',
    path: '/nodes/bulk',
    access: 'user',
    body: bulkRequestSchema,
    async handle({ caller, body, raw }) {
      const request = readIdempotentRequest(raw, body)
      const commands = body.operations.map(commandOf)
      return json(await answerBulk(context, caller, commands, request))
    },
  })
}

function commandOf(operation: BulkOperation): TreeCommand {
  switch (operation.type) {
    case 'create': {
      const { parentId, name, kind, id, ifTaken = 'fail' } = operation
      if (kind === 'blob')
        throw new ProblemError('bad_request', { detail: 'A file of bytes is made by its upload' })
      return { type: 'create', id: id ?? newId(), parentId, name, kind, ifTaken }
    }
    case 'move':
      return { ...operation, ifTaken: operation.ifTaken ?? 'fail' }
    case 'copy': {
      const { id, copyId, parentId, name, ifTaken = 'fail' } = operation
      return { type: 'copy', id, copyId: copyId ?? newId(), parentId, name, ifTaken }
    }
    case 'trash':
    case 'restore':
      return operation
  }
}

function newId(): NodeId {
  return uuidv7() as NodeId
}
