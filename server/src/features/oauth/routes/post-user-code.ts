import { consentRequestSchema, userCodeRequestSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** What the app asks for that shows a code. */
export function postUserCode({ devices }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Show what a device asks for',
    answers: { 200: consentRequestSchema },
    problems: ['user_code_unknown'],
    method: 'post',
    path: '/oauth/device-codes/look',
    access: 'user',
    needs: 'own',
    scope: 'session',
    body: userCodeRequestSchema,
    async handle({ caller, body, address, raw }) {
      return json(await devices.get({ ...body, caller, address, raw }))
    },
  })
}
