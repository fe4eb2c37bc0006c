import { keptAsCookie } from '@cloudsync/protocol'
import type { Identity } from '#features/identity/index.ts'
import type { Caller } from '#platform/http/caller.ts'
import type { LiveSocket } from './live-socket.ts'

/**
 * Whom a token belongs to that comes over a socket. A page of ours has none: it says that it keeps a cookie, which came
 * with the request that opened the socket. Throws as `Authenticate`.
 */
export function authenticateOn(
  { cookieSecret }: Pick<LiveSocket, 'cookieSecret'>,
  token: string,
  { authenticate, cookies }: Pick<Identity, 'authenticate' | 'cookies'>,
): Promise<Caller> {
  const isCookie = token === keptAsCookie && cookieSecret !== undefined
  return isCookie ? cookies.authenticate(cookieSecret) : authenticate(token)
}
