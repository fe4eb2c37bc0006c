export type { FirstAccountState } from './first-account.ts'
export type { FeatureToken, Identity } from './identity.ts'
export { openIdentity, type IdentityOptions } from './open-identity.ts'
export type { SessionEnd } from './sessions.ts'
