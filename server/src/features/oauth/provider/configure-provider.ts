import { clientNameSchema, oauthScopes, redirectUriSchema, type UserId } from '@cloudsync/protocol'
import type { JWK } from 'jose'
import {
  errors,
  interactionPolicy,
  type AccountClaims,
  type AdapterFactory,
  type Client,
  type Configuration,
} from 'oidc-provider'
import { v7 as uuidv7 } from 'uuid'
import { accessTokenTtlSeconds, accessTokenUse, type Identity } from '#features/identity/index.ts'
import { makeSecretToken } from '#platform/secret-token.ts'
import { deviceGrant } from '../clients/client-metadata.ts'
import type { AppGrants } from '../grants/app-grants.ts'
import { renderErrorPage } from './error-page.ts'
import { interactionTtlSeconds, oauthRoutes } from './oauth-routes.ts'

export interface ProviderParts {
  readonly publicUrl: string
  readonly signingJwk: JWK
  readonly cookieKeys: readonly string[]
  readonly adapter: AdapterFactory
  readonly grants: AppGrants
  readonly identity: Pick<Identity, 'findProfile' | 'appSessions'>
}

const secondsPerDay = 86_400
/** What apps get that register themselves and name no scopes; administrators alone give out `admin`. */
const selfRegisteredScopes = oauthScopes.filter((scope) => scope !== 'admin').join(' ')

/** OAuth 2.1: codes with PKCE, refresh tokens that rotate, devices; nothing implicit, no passwords. */
export function configureProvider(parts: ProviderParts): Configuration {
  return {
    adapter: parts.adapter,
    jwks: { keys: [parts.signingJwk] as never },
    routes: { ...oauthRoutes },
    cookies: {
      keys: [...parts.cookieKeys],
      names: { interaction: 'cs_oauth', resume: 'cs_oauth_resume', session: 'cs_oauth_session' },
    },
    scopes: [...oauthScopes],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      response_modes: ['query'],
      id_token_signed_response_alg: 'ES256',
    } as never,
    pkce: { required: () => true },
    acceptQueryParamAccessTokens: false,
    rotateRefreshToken: true,
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    revokeGrantPolicy: () => true,
    clientBasedCORS: (_context, origin, client) => isOriginOf(client, origin),
    interactions: {
      policy: askEachTime(),
      url: (_context, { uid }) => `${parts.publicUrl}/api/v1/oauth/interactions/${uid}`,
    },
    loadExistingGrant: async ({ oidc }) => {
      const grantId = oidc.result?.consent?.grantId
      return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId)
    },
    findAccount: async (_context, subject) => findAccount(parts, subject),
    extraTokenClaims: async (_context, token) => {
      if (token.kind !== 'AccessToken' || token.grantId === undefined) return {}
      return { sid: await sessionOf(parts, token.grantId) }
    },
    discovery: {
      userinfo_endpoint: `${parts.publicUrl}${oauthRoutes.userinfo}`,
      response_modes_supported: ['query'],
    },
    ttl: {
      AccessToken: accessTokenTtlSeconds,
      AuthorizationCode: 60,
      DeviceCode: 600,
      IdToken: 3_600,
      Interaction: interactionTtlSeconds,
      RefreshToken: 30 * secondsPerDay,
      Session: interactionTtlSeconds,
      InitialAccessToken: 30 * secondsPerDay,
    },
    renderError: renderErrorPage,
    features: featuresOf(parts),
    // Nothing that a client says makes us fetch anything.
    fetch: () => Promise.reject(new Error('Nothing is fetched for clients')),
  }
}

function featuresOf({ publicUrl }: ProviderParts): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    // Ours takes the access tokens of the API.
    userinfo: { enabled: false },
    // Whoever has a token of the client's own may end it; RFC 7009 §2.1.
    revocation: {
      enabled: true,
      allowedPolicy: async (_context, client, token) => token.clientId === client.clientId,
    },
    deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****' },
    registration: {
      enabled: true,
      initialAccessToken: true,
      issueRegistrationAccessToken: false,
      idFactory: () => uuidv7(),
      secretFactory: () => makeSecretToken(),
      policies: { [selfRegistration]: limitSelfRegistration },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => accessTokenUse.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource, client) => {
        if (!isOurs(resource, publicUrl)) throw new errors.InvalidTarget()
        return {
          scope: client.scope ?? selfRegisteredScopes,
          audience: accessTokenUse.audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: accessTokenTtlSeconds,
          jwt: { sign: { alg: 'ES256' } },
        }
      },
    },
  }
}

/** The API by the name in its tokens, or by its address. */
function isOurs(resource: string, publicUrl: string): boolean {
  const addresses = [publicUrl, `${publicUrl}/`, `${publicUrl}/api/v1`]
  return resource === accessTokenUse.audience || addresses.includes(resource)
}

export const selfRegistration = 'self-registration'

function limitSelfRegistration(_context: unknown, properties: Record<string, unknown>): void {
  properties['scope'] ??= selfRegisteredScopes
  if (typeof properties['scope'] === 'string' && properties['scope'].split(' ').includes('admin'))
    throw new errors.InvalidClientMetadata('an administrator has to register what asks for admin')
  // People are shown it, and nothing else tells them who asks.
  if (!clientNameSchema.optional().safeParse(properties['client_name']).success)
    throw new errors.InvalidClientMetadata('client_name must be short, and printable')
  const uris = properties['redirect_uris']
  if (Array.isArray(uris) && !uris.every((uri) => redirectUriSchema.safeParse(uri).success))
    throw new errors.InvalidRedirectUri(
      'redirect_uris must be https, loopback addresses, or schemes of the app',
    )
  const grants = properties['grant_types']
  const known = ['authorization_code', 'refresh_token', deviceGrant]
  if (Array.isArray(grants) && !grants.every((grant) => known.includes(grant as string)))
    throw new errors.InvalidClientMetadata('grant_types must be those of OAuth 2.1')
}

/**
 * The cookie by which the web app is known counts for its own pages alone, so that each request goes by one of them,
 * which sends who was asked before straight on.
 */
function askEachTime() {
  const policy = interactionPolicy.base()
  const { Check } = interactionPolicy
  policy
    .get('login')
    ?.checks.add(
      new Check('asked', 'somebody has to be asked', 'login_required', (context) =>
        context.oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
      ),
    )
  return policy
}

async function findAccount({ identity }: ProviderParts, subject: string) {
  const profile = await identity.findProfile(subject as UserId)
  if (!profile) return undefined
  const claims: AccountClaims = {
    sub: profile.id,
    name: profile.name,
    email: profile.email,
    email_verified: profile.isEmailVerified,
  }
  return { accountId: profile.id, claims: async () => claims }
}

/** Throws when the grant has ended: no token is made for it any more. */
async function sessionOf({ grants, identity }: ProviderParts, grantId: string): Promise<string> {
  const grant = await grants.find(grantId)
  if (!grant) throw new errors.InvalidGrant('the grant has ended')
  await identity.appSessions.touch(grant.sessionId)
  return grant.sessionId
}

/** Pages may fetch tokens for the clients that redirect to them. */
function isOriginOf(client: Client, origin: string): boolean {
  return (client.redirectUris ?? []).some(
    (uri) => URL.canParse(uri) && new URL(uri).origin === origin && origin !== 'null',
  )
}
