import type { IncomingHttpHeaders } from 'node:http'
import { keptAsCookie, sessionHeader } from '@cloudsync/protocol'
import { ProblemError } from '../problem-error.ts'
import { isOfHostAsked } from './allowed-origins.ts'
import { SecretCookie } from './secret-cookie.ts'

/** What of a request tells which page it comes from. */
export interface HeadersOf {
  readonly headers: IncomingHttpHeaders
}

/** Whether the caller says that it keeps its session as a cookie. */
export function keepsCookie({ headers }: HeadersOf): boolean {
  return headers[sessionHeader] === keptAsCookie
}

/**
 * The cookie by which a browser is known, and when it counts. A browser sends it by itself, whoever has
 * written the page that asks; so it reads nothing for pages of others, and changes nothing unless the request
 *
 *     has the header `CloudSync-Session: cookie`   which a page of another origin cannot set without CORS, and
 *     comes from a page of ours                    by `Sec-Fetch-Site` and `Origin`, as far as they are sent;
 *                                                  over plain HTTP there is no `Sec-Fetch-Site`
 *
 * Cookies are shared by the ports of a host: where a port is named it is part of the cookie's name, so that
 * installations do not get mixed up.
 */
export class SessionCookie {
  readonly #publicUrl: () => string

  /** `publicUrl`: where people reach the server, without a trailing slash. */
  constructor(publicUrl: () => string) {
    this.#publicUrl = publicUrl
  }

  /** The secret in the cookie, if there is one that could be ours. */
  read({ headers }: HeadersOf): string | undefined {
    return headers.cookie === undefined ? undefined : this.#for(headers).read(headers.cookie)
  }

  /** As `read`, for the request that opens a WebSocket: pages cannot set headers there, and browsers tell the origin. */
  readForSocket(request: HeadersOf): string | undefined {
    const { origin } = request.headers
    return origin !== undefined && this.#isOwn(origin, request) ? this.read(request) : undefined
  }

  /** Whether something may be read by it: not for a page of somebody else, as far as the browser tells. */
  mayRead({ headers }: HeadersOf): boolean {
    const site = headers['sec-fetch-site']
    // `none`: somebody has typed the address, or opened a bookmark.
    return site === undefined || site === 'same-origin' || site === 'none'
  }

  /** Throws `origin_refused` for what may be a page of somebody else. */
  requireOwnPage(request: HeadersOf): void {
    const { origin, ...headers } = request.headers
    const site = headers['sec-fetch-site']
    const isOwnSite = site === undefined || site === 'same-origin'
    const isOwnOrigin = origin === undefined || this.#isOwn(origin, request)
    const isTold = site !== undefined || origin !== undefined
    if (!isTold || !isOwnSite || !isOwnOrigin) throw new ProblemError('origin_refused')
  }

  /** The value of `Set-Cookie` that makes a browser keep a session. */
  write({ headers }: HeadersOf, secret: string, maxAgeSeconds: number): string {
    return this.#for(headers).write(secret, maxAgeSeconds)
  }

  /** The value of `Set-Cookie` that makes it forget the session. */
  clear(request: HeadersOf): string {
    return this.write(request, '', 0)
  }

  #for({ host = '' }: IncomingHttpHeaders): SecretCookie {
    const port = /:(\d{1,5})$/.exec(host)?.[1]
    const name = port === undefined ? 'cs_session' : `cs_session_${port}`
    return new SecretCookie(name, this.#publicUrl())
  }

  #isOwn(origin: string, { headers }: HeadersOf): boolean {
    const publicUrl = this.#publicUrl()
    return origin === new URL(publicUrl).origin || isOfHostAsked(origin, headers, publicUrl)
  }
}
