import { meSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

export function getMe({ accounts }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Who is signed in',
    answers: { 200: meSchema },
    method: 'get',
    path: '/me',
    access: 'user',
    needs: 'own',
    isBeforeSecondFactor: true,
    async handle({ caller }) {
      const me = await accounts.findMe(caller.userId)
      if (!me) throw new ProblemError('not_signed_in')
      return json(me)
    },
  })
}
