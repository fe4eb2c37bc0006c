import { z } from 'zod'
import { endpoint } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Where the provider sends the browser of whom an app asks; its cookie is for what is below this path. */
export function getInteraction({ publicUrl }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Send the browser of whom an app asks to the page that shows it',
    answers: { 303: 'empty' },
    method: 'get',
    path: '/oauth/interactions/:uid',
    access: 'public',
    params: z.object({ uid: z.string().regex(/^[\w-]{1,64}$/) }),
    async handle({ params }) {
      const location = `${publicUrl()}/authorize?uid=${params.uid}`
      return { kind: 'empty', status: 303, headers: { location } }
    },
  })
}
