import type { ErrorCode } from '@cloudsync/protocol'
import type { Request } from 'express'
import { ProblemError } from '../problem-error.ts'
import type { AdmitOptions, Authenticate, Caller } from './caller.ts'
import type { Endpoint } from './endpoint.ts'
import type { RequestLimiter } from './limits/request-limiter.ts'
import { keepsCookie, type SessionCookie } from './session-cookie.ts'

export interface CookieOptions extends AdmitOptions {
  /** Where the cookie was sent from. */
  readonly address?: string | undefined
}

/** How callers are known who keep their session as a cookie. */
export interface CookieCallers {
  readonly cookie: SessionCookie
  /** As `Authenticate`, of the secret in a cookie. */
  readonly authenticate: (secret: string, options?: CookieOptions) => Promise<Caller>
}

export interface CallerOptions {
  readonly authenticate: Authenticate
  /** Without it a cookie is nobody's. */
  readonly cookies?: CookieCallers | undefined
  readonly limiter: RequestLimiter
}

/**
 * Whose request it is: by the token that it carries or, without one, by its cookie. A token that is bad is not made
 * good by a cookie that comes along. Throws when nobody's request is not served, `origin_refused`, and
 * `second_factor_setup_required`.
 */
export async function findCaller(
  endpoint: Endpoint,
  request: Request,
  options: CallerOptions,
): Promise<Caller | undefined> {
  const { cookies, limiter } = options
  try {
    if (cookies && isChange(endpoint) && keepsCookie(request))
      cookies.cookie.requireOwnPage(request)
    const caller =
      request.headers.authorization === undefined
        ? await findByCookie(endpoint, request, cookies)
        : await findByToken(endpoint, request.headers.authorization, options)
    if (caller || endpoint.access === 'public') return caller
  } catch (error) {
    // To look at a token costs more than to refuse one.
    await limiter.takeFrom(endpoint, request.ip)
    throw error
  }
  throw new ProblemError('not_signed_in', { headers: { 'www-authenticate': 'Bearer' } })
}

function findByToken(
  { isBeforeSecondFactor }: Endpoint,
  header: string,
  { authenticate }: CallerOptions,
): Promise<Caller> | undefined {
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(header)?.[1]
  if (token === undefined) return undefined
  return authenticate(token, { beforeSecondFactor: isBeforeSecondFactor })
}

/** Cookies of these are sent along until they are forgotten, and are nobody's where nobody is asked for. */
const unknown: ReadonlySet<ErrorCode> = new Set(['not_signed_in', 'second_factor_setup_required'])

async function findByCookie(
  endpoint: Endpoint,
  request: Request,
  cookies: CookieCallers | undefined,
): Promise<Caller | undefined> {
  const secret = cookies?.cookie.read(request)
  if (!cookies || secret === undefined) return undefined
  const isPublic = endpoint.access === 'public'
  const counts = isChange(endpoint) ? keepsCookie(request) : cookies.cookie.mayRead(request)
  if (!counts) {
    if (isPublic) return undefined
    throw new ProblemError('origin_refused', {
      detail:
        'A session cookie is for our own pages; to change something they send CloudSync-Session: cookie',
    })
  }
  try {
    const beforeSecondFactor = endpoint.isBeforeSecondFactor
    return await cookies.authenticate(secret, { address: request.ip, beforeSecondFactor })
  } catch (error) {
    // Browsers send it along as long as they have it; who signs in anew is not stopped by it.
    if (isPublic && error instanceof ProblemError && unknown.has(error.code)) return undefined
    throw error
  }
}

/** RFC 9110 §9.2.1: the others are safe. */
function isChange({ method }: Endpoint): boolean {
  return method !== 'get' && method !== 'head' && method !== 'options'
}
