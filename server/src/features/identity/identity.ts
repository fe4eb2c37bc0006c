import type { SessionId, User, UserId } from '@cloudsync/protocol'
import type { JSONWebKeySet, JWK, JWTPayload } from 'jose'
import type { Router } from 'express'
import type { Authenticate, Caller } from '#platform/http/caller.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import type { CookieCallers } from '#platform/http/find-caller.ts'
import type { GateOptions } from '#platform/http/gate.ts'
import type { Profile } from './accounts.ts'
import type { AppSessions } from './app-sessions.ts'
import type { ExternalAccounts } from './external-accounts.ts'
import type { FirstAccountState } from './first-account.ts'
import type { Person } from './remembered-people.ts'
import type { SessionEnd } from './sessions.ts'
import type { SignInAnswers } from './sign-in-answers.ts'

/** A token of another feature, signed with the installation's key. */
export interface FeatureToken {
  /** Names the one use that the token is good for, such as `cloudsync:live-ticket`. */
  readonly audience: string
  /** `iss`, `aud`, `iat`, `nbf`, `exp` and `jti` are set by us. */
  readonly claims: JWTPayload
  readonly ttlSeconds: number
}

/** Who somebody is, and how that is proven. All methods may be called concurrently. */
export interface Identity extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[]

  /**
   * The caller of an access token whose session still stands; throws `token_expired`, `not_signed_in` or
   * `second_factor_setup_required`.
   */
  readonly authenticate: Authenticate

  /** The callers who keep their session as a cookie. */
  readonly cookies: CookieCallers

  /** What somebody is answered who signs in by another feature. */
  readonly signInAnswers: SignInAnswers

  /** The caller of a session that still opens something; a token that carries `sid` is judged by this. */
  findSessionCaller(sessionId: SessionId): Promise<Caller | undefined>

  /** Calls `listener` after each end of a session, at whichever server. One that expires is found by `findSessionCaller`. */
  onSessionEnded(listener: (end: SessionEnd) => void): void

  /** Calls `listener` when so many sessions may open nothing any more that each has to be looked at anew. */
  onSessionsVoided(listener: () => void): void

  signToken(token: FeatureToken): Promise<string>
  /** The claims of a token made by `signToken` for `audience`; throws `token_expired` or `not_signed_in`. */
  verifyToken(token: string, audience: string): Promise<JWTPayload>

  findUser(userId: UserId): Promise<User | undefined>
  /** The accounts that exist among `ids`. */
  findUsers(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, User>>
  /** As `findUsers`, for showing them: a name that was changed within moments may be the one before. */
  findPeople(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, Person>>
  /** `email` as the protocol's `emailSchema` leaves it. */
  findUserByEmail(email: string): Promise<User | undefined>

  /** Makes the first account, or the link to make it with; call it at each start. */
  ensureFirstAccount(): Promise<FirstAccountState>

  /** An account that is in use, as apps may see it. */
  findProfile(userId: UserId): Promise<Profile | undefined>
  /** What stands behind the tokens of apps. */
  readonly appSessions: AppSessions
  /** Accounts of people who prove elsewhere who they are. */
  readonly externalAccounts: ExternalAccounts
  /** Throws `proof_required` unless the caller has shown lately who they are. */
  requireProof(caller: Caller): Promise<void>
  /** What the installation signs with, private part and all, for our OpenID provider. */
  signingJwk(): JWK

  /** The public keys that access tokens are signed with, RFC 7517 §5. */
  jwks(): JSONWebKeySet
  /** `/.well-known/jwks.json`, to be mounted at the root. */
  wellKnownRouter(gates: GateOptions): Router
}
