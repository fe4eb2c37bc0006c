export type { Profile } from './accounts.ts'
export { accessTokenTtlSeconds, accessTokenUse } from './access-tokens.ts'
export { clientOf, type Client } from './client.ts'
export type { FirstAccountState } from './first-account.ts'
export type { FeatureToken, Identity } from './identity.ts'
export { openIdentity, type IdentityOptions } from './open-identity.ts'
export { RedisEndedSessions } from './redis-ended-sessions.ts'
export { removeSecondFactors } from './second-factor/remove-second-factors.ts'
export type { SessionEnd } from './sessions.ts'
export type { SignInAnswers } from './sign-in-answers.ts'
export type { SignedIn } from './sign-in.ts'
export {
  listKeys as listSigningKeys,
  replaceSigningKeys,
  rotateSigningKeys,
  type SigningKeyState,
} from './signing-key-rotation.ts'
export { voidSessions } from './void-sessions.ts'
