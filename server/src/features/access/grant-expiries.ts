import type { SpaceId } from '@cloudsync/protocol'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Access, AccessChange } from './access.ts'

export interface GrantExpiriesOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly access: Pick<Access, 'onAccessChanged'>
  /** Called when grants of a space have expired. */
  readonly onExpired: (change: AccessChange) => void
}

/** A timer is set for so long at most: clocks are set, and notices get lost. */
const maxWaitMs = 60_000
/** After what went wrong. */
const retryMs = 1_000

/**
 * Looks again at who may do what when a grant expires, which nobody's request does. Each server does so by
 * itself: requests are right without it, and sockets and downloads that are open are ended.
 */
export class GrantExpiries implements AsyncDisposable {
  readonly #options: GrantExpiriesOptions
  #seenUntil: Date
  #timer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()
  #isDue = false
  #isClosed = false

  private constructor(options: GrantExpiriesOptions) {
    this.#options = options
    this.#seenUntil = options.clock.now()
  }

  static start(options: GrantExpiriesOptions): GrantExpiries {
    const expiries = new GrantExpiries(options)
    options.access.onAccessChanged(() => expiries.#lookSoon())
    expiries.#lookSoon()
    return expiries
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#work
  }

  /** Many changes at once are one look. */
  #lookSoon(): void {
    if (this.#isDue || this.#isClosed) return
    this.#isDue = true
    clearTimeout(this.#timer)
    this.#work = this.#work.then(async () => {
      this.#isDue = false
      const waitMs = await this.#look().catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'nobody knows when the next grant expires')
        return retryMs
      })
      if (this.#isClosed) return
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#lookSoon(), waitMs).unref()
    })
  }

  /** Tells of what has expired since the last look; gives when to look next. */
  async #look(): Promise<number> {
    const { db, clock, onExpired } = this.#options
    const now = clock.now()
    const expired = await db.kysely
      .selectFrom('grants')
      .select('space_id')
      .distinct()
      .where('expires_at', '>', this.#seenUntil)
      .where('expires_at', '<=', now)
      .execute()
    this.#seenUntil = now
    for (const { space_id: spaceId } of expired) onExpired({ spaceId: spaceId as SpaceId })
    const next = await db.kysely
      .selectFrom('grants')
      .select((select) => select.fn.min('expires_at').as('at'))
      .where('expires_at', '>', now)
      .executeTakeFirst()
    const inMs = next?.at ? next.at.getTime() - now.getTime() : maxWaitMs
    return Math.min(maxWaitMs, Math.max(1, inMs))
  }
}
