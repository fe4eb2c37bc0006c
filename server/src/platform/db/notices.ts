import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import type { Database } from './database.ts'
import { endSoon } from './ping.ts'

export interface NoticesOptions {
  readonly db: Pick<Database, 'clientConfig' | 'pool'>
  readonly log: Logger
}

/** What a notice may hold; PostgreSQL takes 8,000 bytes. */
export type NoticeBody = Readonly<Record<string, string | number | boolean | null>>

const channel = 'cloudsync'
const firstRetryMs = 100
const maxRetryMs = 2_000

/** A connection that says nothing for so long is asked, and given up when it does not answer. */
const pingMs = 5_000
const pingTimeoutMs = 5_000

/**
 * Short notices to every other server, by PostgreSQL's LISTEN and NOTIFY: a role was taken away, a session
 * has ended. They are few, and reach everybody without anything else than the database. While the
 * connection is broken they are missed; `onMissed` tells of that.
 */
export class Notices implements AsyncDisposable {
  readonly #options: NoticesOptions
  readonly #id: string
  readonly #listeners = new Map<string, ((body: NoticeBody) => void)[]>()
  readonly #missedListeners: (() => void)[] = []
  readonly #closing = new AbortController()
  #running: Promise<void> = Promise.resolve()

  private constructor(options: NoticesOptions, serverId: string) {
    this.#options = options
    this.#id = serverId
  }

  /** Does not wait for the first connection: what was missed until then is told of. */
  static open(options: NoticesOptions, serverId: string): Notices {
    const notices = new Notices(options, serverId)
    notices.#running = notices.#run()
    return notices
  }

  /** Calls `listener` for each notice of a kind from another server. It must not throw. */
  on(kind: string, listener: (body: NoticeBody) => void): void {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener])
  }

  /** Calls `listener` whenever notices may have been missed, and now no longer are. It must not throw. */
  onMissed(listener: () => void): void {
    this.#missedListeners.push(listener)
  }

  /** Tells the other servers. Never rejects: what is not told is found out a little later. */
  async send(kind: string, body: NoticeBody = {}): Promise<void> {
    try {
      await sendNotice(this.#options.db.pool, { from: this.#id, kind, body })
    } catch (error) {
      this.#options.log.warn({ err: error, kind }, 'other servers could not be told')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#listen(() => {
          failures = 0
        })
      } catch (error) {
        this.#options.log.debug({ err: error }, 'notices of other servers are not heard')
      }
      const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** failures)
      failures += 1
      await pause(delayMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Resolves, or rejects, when the connection has ended. */
  async #listen(onListening: () => void): Promise<void> {
    const { signal } = this.#closing
    const client = new pg.Client({
      ...this.#options.db.clientConfig,
      application_name: 'cloudsync notices',
      keepAlive: true,
      connectionTimeoutMillis: pingTimeoutMs,
      query_timeout: pingTimeoutMs,
    })
    const ended = Promise.withResolvers<void>()
    client.on('error', ended.reject)
    client.on('end', () => ended.resolve())
    client.on('notification', ({ payload }) => this.#receive(payload))
    const stop = () => ended.resolve()
    signal.addEventListener('abort', stop)
    ended.promise.catch(() => undefined)
    const ping = setInterval(() => {
      client.query('SELECT 1').catch(ended.reject)
    }, pingMs).unref()
    try {
      await client.connect()
      await client.query(`LISTEN ${channel}`)
      onListening()
      for (const listener of this.#missedListeners) listener()
      await ended.promise
    } finally {
      clearInterval(ping)
      signal.removeEventListener('abort', stop)
      endSoon(client)
    }
  }

  #receive(payload: string | undefined): void {
    const notice = parseNotice(payload)
    if (!notice || notice.from === this.#id) return
    for (const listener of this.#listeners.get(notice.kind) ?? []) listener(notice.body)
  }
}

interface Notice {
  readonly from: string
  readonly kind: string
  readonly body: NoticeBody
}

type NoticeSender = Pick<pg.Client, 'query'> | Pick<pg.Pool, 'query'>

/** Tells all servers; in a transaction, when it is committed. */
export async function sendNotice(client: NoticeSender, notice: Notice): Promise<void> {
  await client.query('SELECT pg_notify($1, $2)', [channel, JSON.stringify(notice)])
}

/** `undefined` for what another version says that we do not understand. */
function parseNotice(payload: string | undefined): Notice | undefined {
  try {
    const notice = JSON.parse(payload ?? '') as Partial<Notice>
    if (typeof notice.kind !== 'string' || typeof notice.from !== 'string') return undefined
    return { from: notice.from, kind: notice.kind, body: notice.body ?? {} }
  } catch {
    return undefined
  }
}
