import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Notices } from '#platform/db/notices.ts'
import type { CookieCallers } from '#platform/http/find-caller.ts'
import { SessionCookie } from '#platform/http/session-cookie.ts'
import { AccessTokens } from './access-tokens.ts'
import { CookieSessions } from './cookie-sessions.ts'
import { noEndedSessions, type EndedSessions } from './ended-sessions.ts'
import { Jwt } from './jwt.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { Sessions } from './sessions.ts'
import { SignInAnswers } from './sign-in-answers.ts'
import { signingKeysChanged } from './signing-key-rotation.ts'
import type { SealingKeys } from './signing-key-seals.ts'
import { SigningKeys } from './signing-keys.ts'
import { PersonalTokens } from './tokens/personal-tokens.ts'

export interface SessionPartsOptions {
  readonly db: Database
  /** What private keys are sealed with. */
  readonly keys: SealingKeys
  readonly clock: Clock
  readonly log: Logger
  readonly notices: Pick<Notices, 'on' | 'onMissed' | 'send'>
  /** What servers tell each other by Redis; unset: they have none. */
  readonly endedSessions?: EndedSessions | undefined
  /** Where people reach the server, without a trailing slash: the root of links, and the home of passkeys. */
  readonly publicUrl: () => string
  /** The `iss` of all tokens: the installation's public address, or any name that never changes. */
  readonly issuer: string
}

/** What sessions are made of, and known by: keys, tokens and cookies. */
export async function openSessionParts(options: SessionPartsOptions) {
  const { db, clock, log, notices, issuer, endedSessions: ended = noEndedSessions } = options
  const signingKeys = await SigningKeys.open(options)
  const { publicUrl } = options
  const jwt = new Jwt({ keys: signingKeys, issuer, clock, providerIssuer: publicUrl })
  const sessions = new Sessions({ db, clock, log, notices, ended })
  const accessTokens = new AccessTokens(jwt, sessions, clock)
  const cookieSessions = new CookieSessions({ db, clock, log, sessions })
  const cookie = new SessionCookie(publicUrl)
  const cookies: CookieCallers = {
    cookie,
    authenticate: (secret, admit) => cookieSessions.authenticate(secret, admit),
  }
  const takeKeys = () => {
    signingKeys.reload().catch((error: unknown) => {
      log.warn({ err: error }, 'the signing keys could not be read anew')
    })
  }
  // Another process has changed the keys, or may have.
  notices.on(signingKeysChanged, takeKeys)
  notices.onMissed(takeKeys)
  return {
    signingKeys,
    jwt,
    sessions,
    accessTokens,
    cookieSessions,
    cookies,
    refreshTokens: new RefreshTokens(signingKeys.successorSecret, clock),
    personalTokens: new PersonalTokens({ db, clock, log, sessions }),
    signInAnswers: new SignInAnswers({ cookie, sessions }),
  }
}
