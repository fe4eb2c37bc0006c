import type { SessionId, TokenScope, UserId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Notices } from '#platform/db/notices.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent, appendEvents } from '#platform/events.ts'
import type { AdmitOptions, Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Client } from './client.ts'
import type { EndedSessions } from './ended-sessions.ts'
import { networkOf } from '#platform/http/limits/network-of.ts'
import { mustSetUp } from './second-factor/second-factor-policy.ts'

/** However often its tokens are renewed, a session ends after this time. */
const sessionTtlMs = 90 * 24 * 3600 * 1000
/** How long a session may be believed that another process could have ended meanwhile. */
const maxAgeMs = 1000
const maxEntries = 10_000

export type SessionEndReason =
  | 'signed_out'
  | 'token_reused'
  /** By the person, from another session, or by an administrator. */
  | 'revoked'
  | 'password_changed'
  | 'deactivated'
  /** Two factors are demanded now, and it may have begun with one. */
  | 'second_factor_demanded'

export interface NewSession {
  readonly userId: UserId
  readonly userAgent: string
  readonly network: string
  readonly expiresAt: Date
  /** Unset: somebody signed in. */
  readonly scopes?: readonly TokenScope[]
  /** Of the secret in the cookie, where the session is kept as one. */
  readonly cookieHash?: Buffer
}

export interface SessionEnd {
  readonly sessionId: SessionId
  readonly userId: UserId
}

export interface EndAllOptions {
  readonly reason: SessionEndReason
  readonly except?: SessionId | undefined
  readonly kinds?: readonly ('sign_in' | 'token')[]
  /** Who ends them; unset: the person. */
  readonly by?: UserId | undefined
}

interface Entry {
  readonly caller: Caller
  /** A second factor has to be set up first. */
  readonly isUnfinished: boolean
  readonly expiresAtMs: number
  readonly readAtMs: number
}

interface Reading {
  readonly entry: Promise<Entry | undefined>
  readonly readAtMs: number
}

export interface SessionsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly notices: Pick<Notices, 'on' | 'send'>
  readonly ended: EndedSessions
}

/** The notices to other servers: one session is over, or so many may be that all have to be looked at. */
const sessionEnded = 'session_ended'
export const sessionsVoided = 'sessions_voided'

/** Sign-ins that last. The database has the truth; a session that was found good is remembered for a moment. */
export class Sessions {
  readonly #db: Database
  readonly #clock: Clock
  readonly #log: Logger
  readonly #entries = new Map<SessionId, Entry>()
  /** Those that are under way, for all who ask meanwhile. */
  readonly #readings = new Map<SessionId, Reading>()
  readonly #notices: SessionsOptions['notices']
  readonly #ended: EndedSessions
  readonly #listeners: ((end: SessionEnd) => void)[] = []
  readonly #voidListeners: (() => void)[] = []
  /** Grows with each end, so that a read that began before it is not remembered after it. */
  #generation = 0

  constructor(options: SessionsOptions) {
    this.#db = options.db
    this.#clock = options.clock
    this.#log = options.log
    this.#notices = options.notices
    this.#notices.on(sessionEnded, ({ sessionId, userId }) =>
      this.#tell({ sessionId: sessionId as SessionId, userId: userId as UserId }),
    )
    this.#notices.on(sessionsVoided, () => this.#forgetAll())
    this.#ended = options.ended
    this.#ended.onAdded((end) => this.#tell(end))
  }

  async start(
    tx: Transaction<Schema>,
    userId: UserId,
    client: Client,
  ): Promise<{ id: SessionId; expiresAt: Date }> {
    const expiresAt = new Date(this.#clock.now().getTime() + sessionTtlMs)
    const network = networkOf(client.address)
    return this.insert(tx, { userId, userAgent: client.userAgent, network, expiresAt })
  }

  async insert(
    tx: Transaction<Schema>,
    { userId, userAgent, network, expiresAt, scopes, cookieHash }: NewSession,
  ): Promise<{ id: SessionId; expiresAt: Date }> {
    const id = uuidv7() as SessionId
    const now = this.#clock.now()
    await tx
      .insertInto('sessions')
      .values({
        id,
        user_id: userId,
        kind: scopes === undefined ? 'sign_in' : 'token',
        scopes: scopes ?? null,
        expires_at: expiresAt,
        last_used_at: now,
        user_agent: userAgent.slice(0, 256),
        network,
        proven_at: scopes === undefined ? now : null,
        cookie_hash: cookieHash ?? null,
      })
      .execute()
    await appendEvent(tx, {
      type: 'session.started',
      actorId: userId,
      payload: { sessionId: id },
    })
    return { id, expiresAt }
  }

  /** Whose session it is; `undefined` when it is over or void, and while a second factor has to be set up first. */
  async findCaller(sessionId: SessionId): Promise<Caller | undefined> {
    const entry = await this.#find(sessionId)
    return entry && !entry.isUnfinished ? entry.caller : undefined
  }

  /**
   * Who may come in by a session; `undefined` when it is over or void. Throws `second_factor_setup_required`: to who
   * has to set one up a sign-in opens what is there `beforeSecondFactor`, and a token nothing.
   */
  async admit(
    sessionId: SessionId,
    { beforeSecondFactor = false }: AdmitOptions = {},
  ): Promise<Caller | undefined> {
    const entry = await this.#find(sessionId)
    if (!entry?.isUnfinished) return entry?.caller
    if (beforeSecondFactor && entry.caller.scopes === undefined) return entry.caller
    throw new ProblemError('second_factor_setup_required')
  }

  /** Whether it is theirs, and neither over nor void, whatever it opens just now. */
  async stands(sessionId: SessionId, userId: UserId): Promise<boolean> {
    const entry = await this.#find(sessionId)
    return entry?.caller.userId === userId
  }

  /** Ends a session; ending it again only tells the listeners again. */
  async end(sessionId: SessionId, reason: SessionEndReason, by?: UserId): Promise<void> {
    const end = await inTransaction(this.#db, (tx) => this.markEnded(tx, sessionId, reason, by))
    if (end) this.announceEnd(end)
  }

  /**
   * Writes down that a session is over, as part of a larger transaction; after its commit the caller
   * must `announceEnd` what this returned: also when it was over already, because then it may be that
   * an earlier commit has succeeded without our learning of it. `undefined` when there is none.
   */
  async markEnded(
    tx: Transaction<Schema>,
    sessionId: SessionId,
    reason: SessionEndReason,
    /** Who ends it; unset: the person. */
    by?: UserId,
  ): Promise<SessionEnd | undefined> {
    const session = await tx
      .selectFrom('sessions')
      .select(['user_id', 'revoked_at'])
      .where('id', '=', sessionId)
      .forUpdate()
      .executeTakeFirst()
    if (!session) return undefined
    const userId = session.user_id
    if (session.revoked_at === null) {
      await tx
        .updateTable('sessions')
        .set({ revoked_at: this.#clock.now() })
        .where('id', '=', sessionId)
        .execute()
      const payload = { sessionId, reason }
      await appendEvent(tx, { type: 'session.ended', actorId: by ?? userId, payload })
    }
    return { sessionId, userId }
  }

  /**
   * Writes down that all sessions of somebody are over, but for `except` and, unless `kinds` names them,
   * those of tokens; after its commit the caller must `announceEnd` each. New ones are kept out by the lock
   * of the account, which the caller holds.
   */
  async markAllEnded(
    tx: Transaction<Schema>,
    userId: UserId,
    options: EndAllOptions,
  ): Promise<SessionEnd[]> {
    const { reason, except, kinds = ['sign_in'], by = userId } = options
    let query = tx
      .updateTable('sessions')
      .set({ revoked_at: this.#clock.now() })
      .where('user_id', '=', userId)
      .where('kind', 'in', kinds)
      .where('revoked_at', 'is', null)
    if (except !== undefined) query = query.where('id', '!=', except)
    const ended = await query.returning('id').execute()
    if (ended.length === 0) return []
    const events = ended.map(({ id }) => ({
      type: 'session.ended' as const,
      actorId: by,
      payload: { sessionId: id, reason },
    }))
    await appendEvents(tx, events)
    return ended.map(({ id }) => ({ sessionId: id, userId }))
  }

  announceEnds(ends: readonly SessionEnd[]): void {
    for (const end of ends) this.announceEnd(end)
  }

  announceEnd(end: SessionEnd): void {
    this.#tell(end)
    void this.#notices.send(sessionEnded, { ...end })
    void this.#ended.add(end)
  }

  /** What is demanded of accounts has changed: each session is looked at anew, at every server. */
  announceReview(): void {
    this.#forgetAll()
    void this.#notices.send(sessionsVoided, {})
  }

  onEnded(listener: (end: SessionEnd) => void): void {
    this.#listeners.push(listener)
  }

  /** Calls `listener` when each session has to be looked at anew. It must not throw. */
  onVoided(listener: () => void): void {
    this.#voidListeners.push(listener)
  }

  #forgetAll(): void {
    this.#generation++
    this.#entries.clear()
    this.#readings.clear()
    for (const listener of this.#voidListeners) listener()
  }

  #tell(end: SessionEnd): void {
    this.#generation++
    this.#entries.delete(end.sessionId)
    this.#readings.delete(end.sessionId)
    for (const listener of this.#listeners) {
      try {
        listener(end)
      } catch (error) {
        this.#log.error({ err: error, ...end }, 'a listener to ended sessions failed')
      }
    }
  }

  async #find(sessionId: SessionId): Promise<Entry | undefined> {
    const nowMs = this.#clock.now().getTime()
    const entry = this.#peek(sessionId, nowMs) ?? (await this.#read(sessionId, nowMs))
    return entry && entry.expiresAtMs > nowMs ? entry : undefined
  }

  #peek(sessionId: SessionId, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(sessionId)
    return entry && isFresh(entry, nowMs) ? entry : undefined
  }

  /** Requests of one person come many at once, and would all ask when a second is over. */
  #read(sessionId: SessionId, nowMs: number): Promise<Entry | undefined> {
    const underWay = this.#readings.get(sessionId)
    if (underWay && isFresh(underWay, nowMs)) return underWay.entry
    const reading = { entry: this.#readAnew(sessionId, nowMs), readAtMs: nowMs }
    this.#readings.set(sessionId, reading)
    const forget = () => {
      if (this.#readings.get(sessionId) === reading) this.#readings.delete(sessionId)
    }
    void reading.entry.then(forget, forget)
    return reading.entry
  }

  async #readAnew(sessionId: SessionId, nowMs: number): Promise<Entry | undefined> {
    const generation = this.#generation
    if (await this.#ended.has(sessionId)) return undefined
    const row = await validSessions(this.#db.kysely)
      .select(mustSetUp.as('isUnfinished'))
      .where('sessions.id', '=', sessionId)
      .executeTakeFirst()
    const entry = row && {
      isUnfinished: row.isUnfinished,
      caller: {
        userId: row.userId,
        sessionId,
        isAdmin: row.isAdmin,
        ...(row.scopes === null ? {} : { scopes: new Set(row.scopes) }),
        isAuditor: row.isAuditor,
      },
      expiresAtMs: row.expiresAt.getTime(),
      readAtMs: nowMs,
    }
    if (generation === this.#generation) this.#remember(sessionId, entry)
    return entry
  }

  #remember(sessionId: SessionId, entry: Entry | undefined): void {
    this.#entries.delete(sessionId)
    // Whoever sets a second factor up, at whichever server, goes on at once.
    if (!entry || entry.isUnfinished) return
    if (this.#entries.size >= maxEntries) this.#entries.clear()
    this.#entries.set(sessionId, entry)
  }
}

function isFresh({ readAtMs }: Pick<Entry, 'readAtMs'>, nowMs: number): boolean {
  const ageMs = nowMs - readAtMs
  return ageMs >= 0 && ageMs < maxAgeMs
}

/**
 * Sessions of accounts in use that nobody has ended and that are not older than `tokens_valid_after` of their user; they
 * may have expired. The two times are both the database's, so they are compared there.
 */
export function validSessions(db: Database['kysely'] | Transaction<Schema>) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('sessions.revoked_at', 'is', null)
    .where('users.deactivated_at', 'is', null)
    .where(sql<boolean>`sessions.created_at >= users.tokens_valid_after`)
    .select([
      'sessions.id as sessionId',
      'sessions.user_id as userId',
      'sessions.expires_at as expiresAt',
      'users.is_admin as isAdmin',
      'sessions.scopes as scopes',
      'users.is_auditor as isAuditor',
    ])
}
