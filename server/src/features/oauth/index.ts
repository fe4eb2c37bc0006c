export type { ExternalProviderConfig } from './external/external-provider.ts'
export { openOAuth, type OAuth, type OAuthOptions } from './open-oauth.ts'
