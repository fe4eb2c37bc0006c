import type { Logger } from 'pino'
import type { SpaceDefaults } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Notices } from '#platform/db/notices.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'
import type { MailService } from '#platform/mail/open-mail.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import { accessTokenUse, AccessTokens } from './access-tokens.ts'
import { AppSessions } from './app-sessions.ts'
import { Accounts } from './accounts.ts'
import { Challenges } from './challenges.ts'
import { ExternalAccounts } from './external-accounts.ts'
import { FirstAccount } from './first-account.ts'
import type { Identity } from './identity.ts'
import { Jwt, type JwtUse } from './jwt.ts'
import { openAccountParts } from './open-accounts.ts'
import { Passwords } from './passwords.ts'
import { purgeSessions } from './purge-sessions.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { identityEndpoints } from './routes/index.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'
import { SignInLimits } from './sign-in-limits.ts'
import { SigningKeys } from './signing-keys.ts'
import { PersonalTokens } from './tokens/personal-tokens.ts'
import { isPersonalToken } from './tokens/token-secret.ts'
import { makeWellKnownRouter } from './well-known-router.ts'

export interface IdentityOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly notices: Pick<Notices, 'on' | 'send'>
  readonly keys: Pick<KeyRing, 'currentKey' | 'getKey'>
  readonly mail: Pick<MailService, 'outbox' | 'worker' | 'mailbox'>
  /** Where people reach the server, without a trailing slash: the root of links, and the home of passkeys. */
  readonly publicUrl: () => string
  /** The `iss` of all tokens: the installation's public address, or any name that never changes. */
  readonly issuer: string
  /** The administrator to make when there is no account yet; unset: a set-up link is made. */
  readonly firstAccount: { readonly email: string; readonly password: string } | undefined
  /** Of personal spaces. */
  readonly spaceDefaults?: SpaceDefaults | undefined
  /** Where servers count wrong passwords and codes together; without it each counts alone. */
  readonly redis?: RedisLink | undefined
}

const purgeIntervalMs = 3600 * 1000

/** Makes the installation's keys when there are none. The database must be migrated. */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { db, clock, log, notices, issuer } = options
  const signingKeys = await SigningKeys.open(db, clock)
  const jwt = new Jwt({
    keys: signingKeys,
    issuer,
    clock,
    providerIssuer: options.publicUrl,
  })
  const sessions = new Sessions({ db, clock, log, notices })
  const accessTokens = new AccessTokens(jwt, sessions, clock)
  const refreshTokens = new RefreshTokens(signingKeys.successorSecret, clock)
  const passwords = new Passwords()
  const accounts = new Accounts(db)
  const limits = new SignInLimits(options.redis)
  const challenges = new Challenges(clock)
  const base = { db, clock, log, passwords, limits, sessions, challenges }
  const signIn = new SignIn({ ...base, refreshTokens, accessTokens })
  const personalTokens = new PersonalTokens({ db, clock, log, sessions })
  const { firstAccount: given, spaceDefaults, keys, mail, publicUrl, redis } = options
  const parts = { ...base, accounts, signIn, spaceDefaults }
  const firstAccount = new FirstAccount({ ...parts, clock, given })
  const accountParts = openAccountParts({ ...parts, keys, mail, publicUrl, redis })
  const stopPurging = startPurging(options)
  return {
    endpoints: identityEndpoints({
      ...parts,
      ...accountParts,
      firstAccount,
      personalTokens,
      mailbox: mail.mailbox,
    }),
    authenticate: (token) =>
      isPersonalToken(token)
        ? personalTokens.authenticate(token)
        : accessTokens.authenticate(token),
    findSessionCaller: (sessionId) => sessions.findCaller(sessionId),
    onSessionEnded: (listener) => sessions.onEnded(listener),
    signToken: async (token) =>
      jwt.sign(featureUse(token.audience), token.claims, token.ttlSeconds),
    verifyToken: async (token, audience) => jwt.verify(featureUse(audience), token),
    findUser: (userId) => accounts.findUser(userId),
    findUsers: (ids) => accounts.findUsers(ids),
    findUserByEmail: (email) => accounts.findUserByEmail(email),
    ensureFirstAccount: () => firstAccount.ensure(),
    findProfile: (userId) => accounts.findProfile(userId),
    appSessions: new AppSessions(base),
    externalAccounts: new ExternalAccounts(parts),
    requireProof: (caller) => accountParts.proofs.require(caller),
    signingJwk: () => signingKeys.current.jwk,
    jwks: () => signingKeys.jwks,
    wellKnownRouter: () => makeWellKnownRouter(() => signingKeys.jwks),
    [Symbol.asyncDispose]: stopPurging,
  }
}

/** A feature's token is no access token, whatever its claims say. */
function featureUse(audience: string): JwtUse {
  if (audience === accessTokenUse.audience)
    throw new Error('Access tokens are made by signing in only')
  return { audience, typ: 'cloudsync-ticket+jwt' }
}

/** Returns what stops it, and waits for a purge that is under way. */
function startPurging({ db, clock, log }: IdentityOptions): () => Promise<void> {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = purgeSessions(db, clock.now()).catch((error: unknown) => {
      log.warn({ err: error }, 'old sessions could not be deleted')
    })
  }, purgeIntervalMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    return running
  }
}
