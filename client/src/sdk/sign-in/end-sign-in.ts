import { apiRoot } from '../http/api.ts'
import { readNothing, type HttpClient } from '../http/http-client.ts'
import { contentBody, jsonBody } from '../http/request-body.ts'
import type { TokenSession } from './token-session.ts'

/** Ends a sign-in on the server, and forgets it here. One that is over already is no failure. */
export async function endSignIn(
  http: HttpClient,
  session: TokenSession,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tokens = await session.current()
  if (!tokens) return
  const { issuedTo, refreshToken } = tokens
  const isSession = issuedTo === 'session'
  const form = isSession
    ? ''
    : new URLSearchParams({ client_id: issuedTo.clientId, token: refreshToken }).toString()
  await http.send({
    method: 'POST',
    path: isSession ? `${apiRoot}/auth/sign-out` : '/oauth/revoke',
    body: isSession
      ? jsonBody({ refreshToken })
      : contentBody(form, 'application/x-www-form-urlencoded'),
    repetition: 'freely',
    signal,
    read: readNothing,
  })
  await session.forget()
}
