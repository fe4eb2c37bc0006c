import type { GatedRoute } from '#platform/http/gate.ts'
import { oauthRoutes } from './oauth-routes.ts'

const perMinute = (requests: number) => ({ requests, windowSeconds: 60 })

/** Limits are of a network; without one of its own a route is counted with the rest of what strangers ask. */
export const callback: GatedRoute = {
  method: 'get',
  path: '/oauth/external/:providerId/callback',
  limit: perMinute(60),
}

export const userinfo: GatedRoute = {
  method: 'get',
  path: oauthRoutes.userinfo,
  limit: undefined,
  pages: 'any',
}

/** Those that the provider answers itself. */
export const providerRoutes: readonly GatedRoute[] = [
  { method: 'get', path: '/.well-known/openid-configuration', limit: undefined, pages: 'any' },
  {
    method: 'get',
    path: '/.well-known/oauth-authorization-server',
    limit: undefined,
    pages: 'any',
  },
  { method: 'get', path: oauthRoutes.authorization, limit: undefined },
  { method: 'get', path: `${oauthRoutes.authorization}/:uid`, limit: undefined },
  { method: 'post', path: oauthRoutes.token, limit: perMinute(300), pages: 'its_own' },
  {
    method: 'post',
    path: oauthRoutes.revocation,
    limit: perMinute(300),
    // It ends something.
    isNeverShed: true,
    pages: 'its_own',
  },
  { method: 'post', path: oauthRoutes.registration, limit: perMinute(20) },
  {
    method: 'post',
    path: oauthRoutes.device_authorization,
    limit: perMinute(60),
    pages: 'its_own',
  },
]
