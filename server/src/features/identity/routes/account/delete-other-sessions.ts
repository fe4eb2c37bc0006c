import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Signs out everywhere else. */
export function deleteOtherSessions({ sessionList }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Sign out everywhere else',
    answers: { 204: 'empty' },
    problems: ['proof_required'],
    method: 'delete',
    path: '/account/sessions',
    access: 'user',
    needs: 'own',
    async handle({ caller }) {
      await sessionList.endOthers(caller)
      return empty()
    },
  })
}
