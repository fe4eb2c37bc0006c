import { randomBytes } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Schema } from '#platform/db/schema.ts'

export interface ServerRollOptions {
  readonly db: Kysely<Schema>
  readonly log: Logger
  readonly beatMs?: number
}

/** A server that was not heard of for so long counts as dead. */
const deadAfterSeconds = 10

/**
 * The servers that share this database. Each writes down that it lives every two seconds, and learns which
 * others do; the times are the database's own.
 */
export class ServerRoll implements AsyncDisposable {
  /** Of this run of this process. */
  readonly serverId = randomBytes(6).toString('base64url')
  readonly #options: ServerRollOptions
  readonly #goneListeners: ((serverId: string) => void)[] = []
  #others: ReadonlySet<string> = new Set()
  #timer: NodeJS.Timeout | undefined
  #beating: Promise<void> = Promise.resolve()
  #isClosed = false

  private constructor(options: ServerRollOptions) {
    this.#options = options
  }

  /** Resolves when it is on the roll. Throws when the database is away. */
  static async open(options: ServerRollOptions): Promise<ServerRoll> {
    const roll = new ServerRoll(options)
    await roll.#read()
    roll.#schedule()
    return roll
  }

  /** The ids of the other servers that live. */
  get others(): ReadonlySet<string> {
    return this.#others
  }

  /** Calls `listener` when another server has stopped, or died. It must not throw. */
  onGone(listener: (serverId: string) => void): void {
    this.#goneListeners.push(listener)
  }

  /** Looks who is there now. Never rejects. */
  beat(): Promise<void> {
    this.#beating = this.#beating.then(async () => {
      if (this.#isClosed) return
      try {
        await this.#read()
      } catch (error) {
        // Nobody can tell who lives; whoever did a moment ago is taken to do so still.
        this.#options.log.debug({ err: error }, 'the roll of servers could not be read')
      }
    })
    return this.#beating
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await this.#beating
    this.#isClosed = true
    await this.#options.db
      .deleteFrom('servers')
      .where('id', '=', this.serverId)
      .execute()
      .catch(() => undefined)
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      void this.beat().then(() => {
        if (!this.#isClosed) this.#schedule()
      })
    }, this.#options.beatMs ?? 2_000).unref()
  }

  async #read(): Promise<void> {
    const { rows } = await sql<{ id: string }>`
      WITH beat AS (
        INSERT INTO servers (id) VALUES (${this.serverId})
        ON CONFLICT (id) DO UPDATE SET seen_at = now()
      ), dead AS (
        DELETE FROM servers WHERE id <> ${this.serverId}
          AND seen_at < now() - make_interval(secs => ${deadAfterSeconds})
      )
      SELECT id FROM servers WHERE id <> ${this.serverId}
        AND seen_at >= now() - make_interval(secs => ${deadAfterSeconds})`.execute(this.#options.db)
    const before = this.#others
    this.#others = new Set(rows.map(({ id }) => id))
    for (const id of before)
      if (!this.#others.has(id)) for (const listener of this.#goneListeners) listener(id)
  }
}
