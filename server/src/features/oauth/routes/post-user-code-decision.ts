import { userCodeDecisionSchema } from '@cloudsync/protocol'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** What the caller answers to the app that shows a code. */
export function postUserCodeDecision({ devices }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Allow or refuse what a device asks for',
    answers: { 204: 'empty' },
    problems: ['user_code_unknown', 'proof_required'],
    method: 'post',
    path: '/oauth/device-codes/decide',
    access: 'user',
    needs: 'own',
    scope: 'session',
    body: userCodeDecisionSchema,
    async handle({ caller, body: { decision, userCode }, address, raw }) {
      await devices[decision]({ userCode, caller, address, raw })
      return empty()
    },
  })
}
