import type { ConsentRequest, OAuthClient, OAuthScope } from '@cloudsync/protocol'

/** What somebody is shown of the app that asks them. */
export function describeRequest(
  client: OAuthClient,
  scopes: OAuthScope[],
  redirectUri: string | null,
): Omit<ConsentRequest, 'isRemembered'> {
  return {
    client: {
      id: client.id,
      name: client.name,
      redirectHost: redirectUri === null ? null : hostOf(redirectUri),
      isVerified: client.origin !== 'registration',
    },
    scopes,
  }
}

/** Of an app's own scheme there is no host; the scheme says as much. */
function hostOf(uri: string): string {
  const { host, protocol } = new URL(uri)
  return protocol === 'https:' || protocol === 'http:' ? host : `${protocol}//`
}
