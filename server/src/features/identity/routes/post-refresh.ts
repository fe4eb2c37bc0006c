import { refreshRequestSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

export function postRefresh({ signIn }: IdentityRoutesContext) {
  return endpoint({
    method: 'post',
    path: '/auth/refresh',
    access: 'public',
    body: refreshRequestSchema,
    // By address, and an office shares one.
    limit: { requests: 300, windowSeconds: 60 },
    async handle({ body }) {
      return json(await signIn.refresh(body.refreshToken))
    },
  })
}
