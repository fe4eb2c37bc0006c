import express, { type Request, type Response, type Router } from 'express'
import { decodeJwt } from 'jose'
import type { Identity } from '#features/identity/index.ts'
import { gate, type GateOptions } from '#platform/http/gate.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ExternalSignIn } from '../external/external-sign-in.ts'
import type { LazyProviderHost } from './lazy-provider-host.ts'
import { callback, providerRoutes, userinfo } from './gated-routes.ts'

export interface OAuthRouterOptions {
  readonly host: LazyProviderHost
  /** Where people reach the server, without a trailing slash. */
  readonly publicUrl: () => string
  readonly identity: Pick<Identity, 'authenticate' | 'findProfile'>
  readonly external: ExternalSignIn
  /** What stands before each route. */
  readonly gates: GateOptions
}

/** What stands beside the API: the provider's own endpoints, which speak OAuth and not ours. */
export function makeOAuthRouter(options: OAuthRouterOptions): Router {
  const { host, identity, external, publicUrl, gates } = options
  const router = express.Router({ caseSensitive: true, strict: true })
  router.get(callback.path, gate(callback, gates), async (request, response) => {
    const { search } = new URL(request.originalUrl, 'http://any')
    const providerId = request.params['providerId'] as string
    const { path } = await external.answer(providerId, search, request.headers.cookie)
    response.set('cache-control', 'no-store').redirect(303, `${publicUrl()}${path}`)
  })
  router.all(userinfo.path, gate(userinfo, gates), (request, response) =>
    answerUserinfo(identity, request, response),
  )
  for (const route of providerRoutes)
    router.all(route.path, gate(route, gates), async (request, response) => {
      const provider = await host.open()
      provider.handle(request, response)
    })
  router.use('/oauth', () => {
    throw new ProblemError('not_found')
  })
  return router
}

/** OpenID Connect Core §5.3: who the person is that a token was made for, as far as its scopes go. */
async function answerUserinfo(
  identity: OAuthRouterOptions['identity'],
  request: Request,
  response: Response,
): Promise<void> {
  response.set('cache-control', 'no-store')
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined)
    throw new ProblemError('not_signed_in', { headers: { 'www-authenticate': 'Bearer' } })
  const caller = await identity.authenticate(token)
  const scopes = scopesOf(token)
  const profile = await identity.findProfile(caller.userId)
  if (!scopes.has('openid') || !profile)
    throw new ProblemError('insufficient_scope', {
      headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="openid"' },
    })
  response.json({
    sub: profile.id,
    ...(scopes.has('profile') ? { name: profile.name } : {}),
    ...(scopes.has('email')
      ? { email: profile.email, email_verified: profile.isEmailVerified }
      : {}),
  })
}

/** Of a token that was found good; a personal access token is no JWT, and has none of these. */
function scopesOf(token: string): ReadonlySet<string> {
  if (token.split('.').length !== 3) return new Set()
  const { scope } = decodeJwt(token)
  return new Set(typeof scope === 'string' ? scope.split(' ') : [])
}
