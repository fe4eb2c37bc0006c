import { empty, endpoint } from '#platform/http/endpoint.ts'
import { grantParams, type AccessRoutesContext } from './access-routes-context.ts'

/** Takes a role back; or gives up one's own, which everybody may. */
export function deleteGrant({ grants }: AccessRoutesContext) {
  return endpoint({
    summary: "Take a role back, or give up one's own",
    answers: { 204: 'empty' },
    problems: ['not_found', 'forbidden'],
    method: 'delete',
    path: '/nodes/:id/grants/:grantId',
    access: 'user',
    scope: 'spaces:manage',
    needs: { node: 'node.read', of: 'params.id' },
    params: grantParams,
    async handle({ caller, params }) {
      const { id: nodeId, grantId } = params
      await grants.remove({ callerId: caller.userId, nodeId, grantId })
      return empty()
    },
  })
}
