import { setTimeout as pause } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Clock } from '../clock.ts'
import type { Database } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import { inTransaction } from '../db/transaction.ts'
import { Breaker, BreakerOpenError } from '../resilience/breaker.ts'
import type { Mail, MailDraft } from './mail.ts'
import { MailDeferredError, MailRefusedError, type Mailer } from './mailer.ts'
import type { LetterPayload, Outbox, StoredLetter } from './outbox.ts'

/** The mail that a request asks for, or nothing when nobody is to get one. */
export type AnswerRequest = (
  tx: Transaction<Schema>,
  payload: LetterPayload,
) => Promise<MailDraft | undefined>

export interface MailWorkerOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly outbox: Outbox
  /** Unset: nothing is sent, and what waits is dropped when its time is over. */
  readonly mailer: Mailer | undefined
  /** How often it looks for what another server has put in, or what is due again. */
  readonly pollMs?: number
  /** Of the first repetition; each later one waits twice as long. */
  readonly firstRetryMs?: number
  /** How long a mail server is left alone that has failed several times in a row. */
  readonly breakerPauseMs?: number
  /** For those of the circuit breaker. */
  readonly metrics?: Registry
}

const defaultPollMs = 5_000
const defaultFirstRetryMs = 5_000
const defaultBreakerPauseMs = 15_000
const maxRetryMs = 15 * 60_000
/** How long a server has for a mail that it has taken, before another tries. */
const leaseMs = 2 * 60_000
/** The transaction that has put something in commits meanwhile. */
const gatherMs = 50
/** Mails sent at once, so that one that goes slowly holds up few. */
const lanes = 4
const stopMs = 2_000

interface TakenLetter extends StoredLetter {
  readonly attempts: number
}

/**
 * Sends what is in the outbox. Workers of several servers share it: who takes a letter has it leased. A
 * crash between sending and deleting sends a mail twice, never not at all. A mail server that is down is tried
 * with one mail at a time, and the others wait in the outbox as if nothing had been tried.
 */
export class MailWorker implements AsyncDisposable {
  readonly #options: MailWorkerOptions
  readonly #breaker: Breaker
  readonly #answers = new Map<string, AnswerRequest>()
  /** Letters that went out and could not be deleted: they are not sent again. */
  readonly #sent = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #dueAtMs = Infinity
  #running: Promise<unknown> = Promise.resolve()
  #isStarted = false
  #isClosed = false

  constructor(options: MailWorkerOptions) {
    this.#options = options
    this.#breaker = new Breaker({
      name: 'mail',
      metrics: options.metrics,
      pauseMs: options.breakerPauseMs ?? defaultBreakerPauseMs,
      isFailure: (error) =>
        !(error instanceof MailRefusedError || error instanceof MailDeferredError),
    })
    options.outbox.onQueued(() => this.#runIn(gatherMs))
  }

  /** How requests of a name are answered. */
  answer(name: string, answer: AnswerRequest): void {
    this.#answers.set(name, answer)
  }

  start(): void {
    this.#isStarted = true
    this.#runIn(0)
  }

  /** Sends what is due; gives how many mails went out. */
  async flush(): Promise<number> {
    const { mailer } = this.#options
    await this.#dropExpired()
    if (!mailer) return 0
    const wasTried = !this.#breaker.isClosed && (await this.#sendNext(mailer)) === true
    const counts = await Promise.all(Array.from({ length: lanes }, () => this.#drain(mailer)))
    return counts.reduce((sum, count) => sum + count, Number(wasTried))
  }

  /** A mail under way gets a moment; after that whoever takes it when its lease ends sends it again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await Promise.race([this.#running, pause(stopMs, undefined, { ref: false })])
  }

  async #drain(mailer: Mailer): Promise<number> {
    let sent = 0
    while (!this.#isClosed && this.#breaker.isClosed) {
      const wasSent = await this.#sendNext(mailer)
      if (wasSent === undefined) break
      if (wasSent) sent += 1
    }
    return sent
  }

  /** Whether the next letter went out; `undefined`: none is due. */
  async #sendNext(mailer: Mailer): Promise<boolean | undefined> {
    const letter = await this.#take()
    return letter && this.#deliver(letter, mailer)
  }

  #runIn(delayMs: number): void {
    const atMs = performance.now() + delayMs
    if (!this.#isStarted || this.#isClosed || atMs >= this.#dueAtMs) return
    clearTimeout(this.#timer)
    this.#dueAtMs = atMs
    this.#timer = setTimeout(() => {
      this.#dueAtMs = Infinity
      this.#running = this.#running.then(() => this.#runQuietly())
    }, delayMs).unref()
  }

  async #runQuietly(): Promise<void> {
    try {
      await this.flush()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'mails could not be looked for')
    }
    this.#runIn(this.#options.pollMs ?? defaultPollMs)
  }

  /** Leases the letter that has been due longest. */
  async #take(): Promise<TakenLetter | undefined> {
    const { db, clock } = this.#options
    const now = clock.now()
    const leasedUntil = new Date(now.getTime() + leaseMs)
    const { rows } = await sql<TakenLetter>`
      UPDATE mail_outbox SET attempts = attempts + 1, due_at = ${leasedUntil}
      WHERE id = (
        SELECT id FROM mail_outbox WHERE due_at <= ${now} ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
      )
      RETURNING id, sealed, key_id AS "keyId", attempts
    `.execute(db.kysely)
    return rows[0]
  }

  async #deliver(letter: TakenLetter, mailer: Mailer): Promise<boolean> {
    const { id } = letter
    try {
      const mail = this.#sent.has(id) ? undefined : await this.#prepare(letter)
      if (mail) {
        await this.#breaker.run(() => mailer.send(mail))
        this.#sent.add(id)
      }
      await this.#delete(id)
      return mail !== undefined
    } catch (error) {
      await this.#fail(letter, error)
      return false
    }
  }

  async #fail({ id, attempts }: TakenLetter, error: unknown): Promise<void> {
    const { log } = this.#options
    if (error instanceof BreakerOpenError) return this.#giveBack(id)
    if (error instanceof MailRefusedError) {
      log.error({ err: error, mail: id }, 'a mail was refused for good')
      return this.#delete(id)
    }
    log.warn({ err: error, mail: id, attempts }, 'a mail could not be sent, and is tried again')
    return this.#putOff(id, attempts)
  }

  async #prepare(stored: TakenLetter): Promise<Mail | undefined> {
    const { db, outbox } = this.#options
    const letter = await outbox.open(stored)
    if (letter.kind === 'mail') return letter.mail
    const answer = this.#answers.get(letter.name)
    if (!answer) throw new Error(`Nobody answers the request ${letter.name}`)
    return inTransaction(db, async (tx) => {
      const draft = await answer(tx, letter.payload)
      return draft && outbox.replaceByMail(tx, stored.id, draft)
    })
  }

  async #delete(id: string): Promise<void> {
    await this.#options.db.kysely.deleteFrom('mail_outbox').where('id', '=', id).execute()
    this.#sent.delete(id)
  }

  /** Nothing was tried with it. */
  async #giveBack(id: string): Promise<void> {
    const { db, clock } = this.#options
    await db.kysely
      .updateTable('mail_outbox')
      .set(({ eb }) => ({ attempts: eb('attempts', '-', 1), due_at: clock.now() }))
      .where('id', '=', id)
      .execute()
  }

  async #putOff(id: string, attempts: number): Promise<void> {
    const { db, clock, firstRetryMs = defaultFirstRetryMs } = this.#options
    const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** (attempts - 1))
    // Those that failed together do not come back together.
    const dueAt = new Date(clock.now().getTime() + delayMs * (0.75 + Math.random() / 2))
    await db.kysely.updateTable('mail_outbox').set({ due_at: dueAt }).where('id', '=', id).execute()
  }

  async #dropExpired(): Promise<void> {
    const { db, clock, log } = this.#options
    const dropped = await db.kysely
      .deleteFrom('mail_outbox')
      .where('expires_at', '<', clock.now())
      .returning('id')
      .execute()
    for (const { id } of dropped)
      log.error({ mail: id }, 'a mail was not sent in time, and dropped')
  }
}
