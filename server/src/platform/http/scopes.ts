import type { TokenScope } from '@cloudsync/protocol'
import { ProblemError } from '../problem-error.ts'
import type { Caller } from './caller.ts'
import type { Endpoint } from './endpoint.ts'

/** What a caller must be allowed: a scope, or that they have signed in themselves, which no token has. */
export type NeededScope = TokenScope | 'session' | undefined

const reading: ReadonlySet<Endpoint['method']> = new Set(['get', 'head', 'options'])

/**
 * What an endpoint needs, from who may call it, its method and its path, unless it says so itself:
 *
 *     public                      nothing
 *     admin, auditor              admin
 *     /me, /account  reading      account:read
 *                    else         a session: no token changes what keeps an account safe
 *     /spaces        changing     spaces:manage
 *     all else       reading      files:read
 *                    changing     files:write
 */
export function scopeOf({ access, method, path, scope }: ScopeFacts): NeededScope {
  if (scope !== undefined) return scope
  if (access === 'public') return undefined
  if (access === 'admin' || access === 'auditor') return 'admin'
  const isReading = reading.has(method)
  const [, room] = path.split('/')
  if (room === 'me' || room === 'account') return isReading ? 'account:read' : 'session'
  if (isReading) return 'files:read'
  return room === 'spaces' ? 'spaces:manage' : 'files:write'
}

export type ScopeFacts = Pick<Endpoint, 'access' | 'method' | 'path' | 'scope'>

export function isAllowed(caller: Pick<Caller, 'scopes'>, need: NeededScope): boolean {
  if (caller.scopes === undefined || need === undefined) return true
  return need !== 'session' && caller.scopes.has(need)
}

/** The caller, allowed no more than `scopes` name; unset: whatever they are allowed. */
export function narrowTo<C extends Pick<Caller, 'scopes'>>(
  caller: C,
  scopes: ReadonlySet<TokenScope> | undefined,
): C {
  if (scopes === undefined) return caller
  return { ...caller, scopes: caller.scopes?.intersection(scopes) ?? scopes }
}

/** Throws `insufficient_scope` (RFC 6750 §3.1). */
export function requireScope(caller: Pick<Caller, 'scopes'>, need: NeededScope): void {
  if (isAllowed(caller, need)) return
  const scope = need === 'session' || need === undefined ? '' : `, scope="${need}"`
  throw new ProblemError('insufficient_scope', {
    detail:
      need === 'session' || need === undefined
        ? 'This takes somebody who has signed in, not a token'
        : `The token lacks the scope ${need}`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope"${scope}` },
  })
}
