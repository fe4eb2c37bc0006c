import type { SpaceDefaults } from '#features/spaces/index.ts'
import type { MailService } from '#platform/mail/open-mail.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import { accessTokenUse } from './access-tokens.ts'
import { AppSessions } from './app-sessions.ts'
import { Accounts } from './accounts.ts'
import { Challenges } from './challenges.ts'
import { ExternalAccounts } from './external-accounts.ts'
import { FirstAccount } from './first-account.ts'
import type { Identity } from './identity.ts'
import type { JwtUse } from './jwt.ts'
import { openAccountParts } from './open-accounts.ts'
import { openSessionParts, type SessionPartsOptions } from './open-session-parts.ts'
import { Passwords } from './passwords.ts'
import { RememberedPeople } from './remembered-people.ts'
import { identityEndpoints } from './routes/index.ts'
import { SignIn } from './sign-in.ts'
import { SignInLimits } from './sign-in-limits.ts'
import { startUpkeep } from './start-upkeep.ts'
import { isPersonalToken } from './tokens/token-secret.ts'
import { makeWellKnownRouter } from './well-known-router.ts'

export interface IdentityOptions extends SessionPartsOptions {
  readonly mail: Pick<MailService, 'outbox' | 'worker' | 'mailbox'>
  /** The administrator to make when there is no account yet; unset: a set-up link is made. */
  readonly firstAccount: { readonly email: string; readonly password: string } | undefined
  /** Of personal spaces. */
  readonly spaceDefaults?: SpaceDefaults | undefined
  /** Where servers count wrong passwords and codes together; without it each counts alone. */
  readonly redis?: RedisLink | undefined
}

/** Makes the installation's keys when there are none. The database must be migrated. */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { db, clock, log } = options
  const kept = await openSessionParts(options)
  const { signingKeys, jwt, sessions, accessTokens, personalTokens, cookies, signInAnswers } = kept
  const passwords = new Passwords()
  const accounts = new Accounts(db)
  const people = new RememberedPeople({ accounts, notices: options.notices })
  const limits = new SignInLimits(options.redis)
  const challenges = new Challenges(clock)
  const base = { db, clock, log, passwords, limits, sessions, challenges }
  const signIn = new SignIn({ ...base, ...kept })
  const { firstAccount: given, spaceDefaults, keys, mail, publicUrl, redis } = options
  const parts = { ...base, accounts, people, signIn, spaceDefaults }
  const firstAccount = new FirstAccount({ ...parts, clock, given })
  const accountParts = openAccountParts({ ...parts, keys, mail, publicUrl, redis })
  const upkeep = startUpkeep({ ...options, signingKeys })
  return {
    endpoints: identityEndpoints({
      ...parts,
      ...accountParts,
      signInAnswers,
      firstAccount,
      personalTokens,
      mailbox: mail.mailbox,
    }),
    authenticate: (token, admit) =>
      isPersonalToken(token)
        ? personalTokens.authenticate(token)
        : accessTokens.authenticate(token, admit),
    cookies,
    signInAnswers,
    findSessionCaller: (sessionId) => sessions.findCaller(sessionId),
    onSessionEnded: (listener) => sessions.onEnded(listener),
    onSessionsVoided: (listener) => sessions.onVoided(listener),
    signToken: async (token) =>
      jwt.sign(featureUse(token.audience), token.claims, token.ttlSeconds),
    verifyToken: async (token, audience) => jwt.verify(featureUse(audience), token),
    findUser: (userId) => accounts.findUser(userId),
    findUsers: (ids) => accounts.findUsers(ids),
    findPeople: (ids) => people.find(ids),
    findUserByEmail: (email) => accounts.findUserByEmail(email),
    ensureFirstAccount: () => firstAccount.ensure(),
    findProfile: (userId) => accounts.findProfile(userId),
    appSessions: new AppSessions(base),
    externalAccounts: new ExternalAccounts(parts),
    requireProof: (caller) => accountParts.proofs.require(caller),
    signingJwk: () => signingKeys.current.jwk,
    jwks: () => signingKeys.jwks,
    wellKnownRouter: (gates) => makeWellKnownRouter(() => signingKeys.jwks, gates),
    [Symbol.asyncDispose]: () => upkeep[Symbol.asyncDispose](),
  }
}

/** A feature's token is no access token, whatever its claims say. */
function featureUse(audience: string): JwtUse {
  if (audience === accessTokenUse.audience)
    throw new Error('Access tokens are made by signing in only')
  return { audience, typ: 'cloudsync-ticket+jwt' }
}
