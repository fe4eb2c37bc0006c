import type { NextLocation, SignInProvider } from '@cloudsync/protocol'
import { postPublic, sendPublic } from './send-public.ts'

/** The other providers by which people sign in here. */
export function signInProvidersQuery() {
  return {
    queryKey: ['sign-in-providers'],
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const answer = await sendPublic('/auth/external', { signal })
      return ((await answer.json()) as { items: readonly SignInProvider[] }).items
    },
  }
}

/** Gives the address at the provider. `returnTo`: the page of ours to show afterwards. */
export async function startExternalSignIn(id: string, returnTo: string): Promise<string> {
  const answer = await postPublic(`/auth/external/${id}/start`, { returnTo })
  return ((await answer.json()) as NextLocation).location
}
