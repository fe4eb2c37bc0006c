import type { SessionId, UserId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { Caller } from '#platform/http/caller.ts'
import type { CookieOptions } from '#platform/http/find-caller.ts'
import { networkOf } from '#platform/http/limits/network-of.ts'
import { hashSecret, makeSecretToken } from '#platform/secret-token.ts'
import type { Client } from './client.ts'
import { invalidToken } from './jwt.ts'
import type { Sessions } from './sessions.ts'

const dayMs = 24 * 3600 * 1000
/** A browser that was not heard of for so long has to sign in again. */
const idleTtlMs = 30 * dayMs
/** However often it is used, a session ends after this time. */
export const cookieTtlDays = 90
/** How exactly it is known when a session was last used. */
const noteMs = 60_000
const maxKnown = 10_000

export interface CookieSessionsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly sessions: Sessions
}

interface KnownCookie {
  readonly sessionId: SessionId
  notedAtMs: number
}

/**
 * Sessions that a browser keeps as a cookie. The cookie holds a secret of its own, new at each sign-in, of which only
 * the hash is stored: nobody can have chosen it beforehand.
 */
export class CookieSessions {
  readonly #options: CookieSessionsOptions
  /** By hash: which session a cookie has never changes; whether it stands is asked each time. */
  readonly #known = new Map<string, KnownCookie>()

  constructor(options: CookieSessionsOptions) {
    this.#options = options
  }

  /** Gives the secret for the cookie. */
  async start(tx: Transaction<Schema>, userId: UserId, client: Client): Promise<string> {
    const { clock, sessions } = this.#options
    const secret = makeSecretToken()
    const expiresAt = new Date(clock.now().getTime() + idleTtlMs)
    const { userAgent } = client
    const network = networkOf(client.address)
    const cookieHash = hashSecret(secret)
    await sessions.insert(tx, { userId, userAgent, network, expiresAt, cookieHash })
    return secret
  }

  /** Throws `not_signed_in` or `second_factor_setup_required`. */
  async authenticate(secret: string, options: CookieOptions = {}): Promise<Caller> {
    const known = await this.#find(secret)
    const caller = known && (await this.#options.sessions.admit(known.sessionId, options))
    if (!known || !caller) throw invalidToken('not_signed_in')
    this.#note(known, options.address)
    return caller
  }

  async #find(secret: string): Promise<KnownCookie | undefined> {
    const hash = hashSecret(secret)
    const key = hash.toString('base64')
    const found = this.#known.get(key)
    if (found) return found
    const row = await this.#options.db.kysely
      .selectFrom('sessions')
      .select('id')
      .where('cookie_hash', '=', hash)
      .executeTakeFirst()
    if (!row) return undefined
    const known = { sessionId: row.id, notedAtMs: -Infinity }
    if (this.#known.size >= maxKnown) this.#known.clear()
    this.#known.set(key, known)
    return known
  }

  /** The request does not wait for it. */
  #note(known: KnownCookie, address: string | undefined): void {
    const { db, clock, log } = this.#options
    const now = clock.now()
    if (now.getTime() - known.notedAtMs < noteMs) return
    known.notedAtMs = now.getTime()
    const idleAt = new Date(now.getTime() + idleTtlMs)
    db.kysely
      .updateTable('sessions')
      .set({
        last_used_at: now,
        ...(address === undefined ? {} : { network: networkOf(address) }),
        expires_at: sql<Date>`least(${idleAt}, created_at + make_interval(days => ${cookieTtlDays}))`,
      })
      .where('id', '=', known.sessionId)
      .execute()
      .catch((error: unknown) => log.debug({ err: error }, 'the use of a session was not noted'))
  }
}
