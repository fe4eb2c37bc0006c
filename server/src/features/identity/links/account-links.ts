import type { UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '#platform/clock.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { AccountLinksTable } from '#platform/db/tables/account-tables.ts'
import { hashSecret, makeSecretToken } from '#platform/secret-token.ts'

export type LinkKind = AccountLinksTable['kind']

const hourMs = 3600 * 1000

export const linkTtlMs: Readonly<Record<LinkKind, number>> = {
  invitation: 7 * 24 * hourMs,
  sign_up: 24 * hourMs,
  password_reset: hourMs,
  email_change: 24 * hourMs,
}

/** Links of a kind to an address within an hour; more would be a nuisance to whoever reads there. */
const maxPerHour = 3

export interface NewLink {
  readonly kind: LinkKind
  /** Whom it is sent to. */
  readonly email: string
  readonly userId?: UserId
  readonly createdBy?: UserId
}

export interface CreatedLink {
  readonly id: string
  readonly token: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface AccountLink {
  readonly id: string
  readonly kind: LinkKind
  readonly email: string
  readonly userId: UserId | null
  readonly createdBy: UserId | null
}

const linkColumns = ['id', 'kind', 'email', 'user_id as userId', 'created_by as createdBy'] as const

/**
 * Secrets that are sent by mail, each good for one use. Only their hashes are stored: they are looked up by
 * a hash of 256 random bits, so that neither the time of the search nor the table helps who guesses.
 */
export class AccountLinks {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async create(tx: Transaction<Schema>, link: NewLink): Promise<CreatedLink> {
    const id = uuidv7()
    const token = makeSecretToken()
    const createdAt = this.#clock.now()
    const expiresAt = new Date(createdAt.getTime() + linkTtlMs[link.kind])
    await tx
      .insertInto('account_links')
      .values({
        id,
        token_hash: hashSecret(token),
        kind: link.kind,
        email: link.email,
        user_id: link.userId ?? null,
        created_by: link.createdBy ?? null,
        created_at: createdAt,
        expires_at: expiresAt,
      })
      .execute()
    return { id, token, createdAt, expiresAt }
  }

  /** The link of a token, as long as it can be used. */
  find(
    db: Kysely<Schema>,
    token: string,
    kinds: readonly LinkKind[],
  ): Promise<AccountLink | undefined> {
    return db
      .selectFrom('account_links')
      .select(linkColumns)
      .where('token_hash', '=', hashSecret(token))
      .where('kind', 'in', kinds)
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', this.#clock.now())
      .executeTakeFirst()
  }

  /** Uses a link up. Of any number of requests at once one gets it; the others wait here for its commit. */
  consume(
    tx: Transaction<Schema>,
    token: string,
    kinds: readonly LinkKind[],
  ): Promise<AccountLink | undefined> {
    const now = this.#clock.now()
    return tx
      .updateTable('account_links')
      .set({ used_at: now })
      .where('token_hash', '=', hashSecret(token))
      .where('kind', 'in', kinds)
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .returning(linkColumns)
      .executeTakeFirst()
  }

  /** What else was sent to an address is of no use any more. */
  async useUpOthers(
    tx: Transaction<Schema>,
    email: string,
    kinds: readonly LinkKind[],
  ): Promise<void> {
    await tx
      .updateTable('account_links')
      .set({ used_at: this.#clock.now() })
      .where('email', '=', email)
      .where('kind', 'in', kinds)
      .where('used_at', 'is', null)
      .execute()
  }

  /** What was sent for an account is of no use any more. */
  async revokeAllOf(
    tx: Transaction<Schema>,
    userId: UserId,
    kinds: readonly LinkKind[],
  ): Promise<void> {
    await tx
      .updateTable('account_links')
      .set({ revoked_at: this.#clock.now() })
      .where('user_id', '=', userId)
      .where('kind', 'in', kinds)
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .execute()
  }

  /**
   * Whether an address has been sent as many links of a kind as it should be. Who asks makes the next one in
   * the same transaction: several at once take turns.
   */
  async isEnough(tx: Transaction<Schema>, email: string, kind: LinkKind): Promise<boolean> {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`cloudsync links ${email}`}, 0))`.execute(
      tx,
    )
    const { count } = await tx
      .selectFrom('account_links')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('email', '=', email)
      .where('kind', '=', kind)
      .where('created_at', '>', new Date(this.#clock.now().getTime() - hourMs))
      .executeTakeFirstOrThrow()
    return Number(count) >= maxPerHour
  }
}
