import { endpoint, empty } from '#platform/http/endpoint.ts'
import type { FilesContext } from '../files-context.ts'
import { purgeNode as purge } from '../tree/trash.ts'
import { requireRemoval } from '../tree/closed-below.ts'
import { nodeParams } from './schemas.ts'

/** Deletes a node of the trash for good. */
export function purgeNode(context: FilesContext) {
  return endpoint({
    summary: 'Delete a node of the trash for good',
    answers: { 204: 'empty' },
    problems: ['not_found', 'forbidden'],
    method: 'delete',
    path: '/trash/:id',
    access: 'user',
    needs: { node: 'node.delete', of: 'params.id' },
    params: nodeParams,
    async handle({ caller, params }) {
      await requireRemoval(context.access, caller.userId, params.id)
      await purge(context, params.id, caller.userId)
      return empty()
    },
  })
}
