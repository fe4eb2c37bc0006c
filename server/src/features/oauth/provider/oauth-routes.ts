/** Where the provider's own endpoints are. */
export const oauthRoutes = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  revocation: '/oauth/revoke',
  registration: '/oauth/register',
  device_authorization: '/oauth/device',
  userinfo: '/oauth/userinfo',
  jwks: '/.well-known/jwks.json',
  /** A page of the web app. */
  code_verification: '/device',
} as const

/** How long somebody may take to sign in and to decide. */
export const interactionTtlSeconds = 1_800
