import type { Tokens } from '@cloudsync/protocol'
import { apiRoot } from '../http/api.ts'
import { readJson, type HttpClient } from '../http/http-client.ts'
import { jsonBody } from '../http/request-body.ts'
import { sendOAuth, type OAuthTokens } from './oauth-requests.ts'
import type { StoredTokens } from './token-store.ts'

/** Three times of this lie within the 20 seconds in which a token that was used gives its answer again. */
const answerMs = 6_000

/**
 * The successor of a refresh token. Asking again within 20 seconds gives the same one, so a lost answer is asked for
 * anew. Throws a `CloudSyncError` of status 401 when the sign-in is over.
 */
export async function refreshTokens(
  http: HttpClient,
  { issuedTo, refreshToken }: StoredTokens,
  signal?: AbortSignal,
): Promise<StoredTokens> {
  // Counted from before it was sent: rather renewed too early than refused.
  const askedAt = http.options.clock.now()
  if (issuedTo === 'session') {
    const tokens = await http.send({
      method: 'POST',
      path: `${apiRoot}/auth/refresh`,
      body: jsonBody({ refreshToken }),
      repetition: 'freely',
      signal,
      timeoutMs: answerMs,
      read: readJson<Tokens>,
    })
    return keepTokens(tokens, askedAt)
  }
  const { clientId } = issuedTo
  const tokens = await sendOAuth<OAuthTokens>(http, {
    path: '/oauth/token',
    fields: { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken },
    repetition: 'freely',
    signal,
    timeoutMs: answerMs,
  })
  return keepOAuthTokens(tokens, { clientId, askedAt, refreshToken })
}

export function keepTokens(
  { accessToken, expiresInSeconds, refreshToken }: Tokens,
  askedAt: number,
): StoredTokens {
  const accessTokenExpiresAt = askedAt + expiresInSeconds * 1000
  return { issuedTo: 'session', accessToken, accessTokenExpiresAt, refreshToken }
}

export function keepOAuthTokens(
  tokens: OAuthTokens,
  known: { readonly clientId: string; readonly askedAt: number; readonly refreshToken: string },
): StoredTokens {
  return {
    issuedTo: { clientId: known.clientId },
    accessToken: tokens.access_token,
    accessTokenExpiresAt: known.askedAt + tokens.expires_in * 1000,
    refreshToken: tokens.refresh_token ?? known.refreshToken,
  }
}
