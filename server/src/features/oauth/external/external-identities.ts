import {
  displayNameSchema,
  emailSchema,
  hiddenCharacters,
  printable,
  type ExternalIdentity,
  type UserId,
} from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Identity } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ExternalPerson, ExternalProviderConfig } from './external-provider.ts'

export interface ExternalIdentitiesOptions {
  readonly db: Database
  readonly clock: Clock
  readonly identity: Pick<Identity, 'externalAccounts'>
}

/**
 * Which account here belongs to which one elsewhere. That is known by issuer and subject alone: whoever can
 * have an address written into a token elsewhere must not get the account that has it here.
 */
export class ExternalIdentities {
  readonly #options: ExternalIdentitiesOptions

  constructor(options: ExternalIdentitiesOptions) {
    this.#options = options
  }

  /**
   * Whose account it is; who comes for the first time gets one when the provider's settings say so. Throws
   * `external_email_unverified`, `external_not_invited` and `external_account_exists`.
   */
  async resolve(person: ExternalPerson, config: ExternalProviderConfig): Promise<UserId> {
    return inTransaction(this.#options.db, async (tx) => {
      const known = await this.#use(tx, person)
      if (known !== undefined) return known
      const userId = await this.#options.identity.externalAccounts.create(tx, {
        email: verifiedEmailOf(person, config),
        name: nameOf(person),
        needsInvitation: config.accounts === 'invited',
      })
      await this.#insert(tx, person, userId)
      return userId
    })
  }

  /** Throws `external_taken` when the account elsewhere belongs to somebody else here. */
  async link(person: ExternalPerson, userId: UserId): Promise<void> {
    await inTransaction(this.#options.db, async (tx) => {
      const known = await this.#use(tx, person)
      if (known === undefined) await this.#insert(tx, person, userId)
      else if (known !== userId) throw new ProblemError('external_taken')
    })
  }

  /** Throws `not_found`, and `last_way_in` when there would be no other way to sign in. */
  async unlink(userId: UserId, id: string): Promise<void> {
    const { db, identity } = this.#options
    await inTransaction(db, async (tx) => {
      // Locks the account, so that of two at once the later one sees what the other has left.
      const hasOwnWayIn = await identity.externalAccounts.hasOwnWayIn(tx, userId)
      const known = await tx
        .selectFrom('external_identities')
        .select('id')
        .where('user_id', '=', userId)
        .execute()
      if (!known.some((each) => each.id === id)) throw new ProblemError('not_found')
      if (!hasOwnWayIn && known.length === 1) throw new ProblemError('last_way_in')
      await tx.deleteFrom('external_identities').where('id', '=', id).execute()
      const payload = { userId, what: 'An account elsewhere was disconnected' }
      await appendEvent(tx, { type: 'user.security_changed', actorId: userId, payload })
    })
  }

  async list(
    userId: UserId,
    nameOfIssuer: (issuer: string) => string,
  ): Promise<ExternalIdentity[]> {
    const rows = await this.#options.db.kysely
      .selectFrom('external_identities')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('id')
      .execute()
    return rows.map((row) => ({
      id: row.id,
      providerName: nameOfIssuer(row.issuer),
      email: row.email,
      createdAt: row.created_at.toISOString(),
      lastUsedAt: row.last_used_at?.toISOString() ?? null,
    }))
  }

  async #use(tx: Transaction<Schema>, person: ExternalPerson): Promise<UserId | undefined> {
    const row = await tx
      .updateTable('external_identities')
      .set({ last_used_at: this.#options.clock.now(), email: storable(person.email) })
      .where('issuer', '=', person.issuer)
      .where('subject', '=', person.subject)
      .returning('user_id')
      .executeTakeFirst()
    return row?.user_id
  }

  async #insert(tx: Transaction<Schema>, person: ExternalPerson, userId: UserId): Promise<void> {
    const { issuer, subject } = person
    const now = this.#options.clock.now()
    const inserted = await tx
      .insertInto('external_identities')
      .values({
        id: uuidv7(),
        issuer,
        subject,
        user_id: userId,
        created_at: now,
        email: storable(person.email),
      })
      .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!inserted) throw new ProblemError('external_taken')
    const payload = { userId, what: `An account at ${issuer} was connected` }
    await appendEvent(tx, { type: 'user.security_changed', actorId: userId, payload })
  }
}

function verifiedEmailOf(person: ExternalPerson, config: ExternalProviderConfig): string {
  const email = emailSchema.safeParse(person.email)
  const domain = email.data?.slice(email.data.lastIndexOf('@') + 1)
  const isAccepted = domain !== undefined && config.emailDomains?.includes(domain) !== false
  if (!email.success || !person.isEmailVerified || !isAccepted)
    throw new ProblemError('external_email_unverified')
  return email.data
}

function nameOf({ name, email }: ExternalPerson): string {
  const seen = name?.replaceAll(/[\p{Cc}\p{Cs}]/gu, '').replaceAll(hiddenCharacters, '')
  const parsed = printable(displayNameSchema).safeParse(seen)
  return parsed.success ? parsed.data : (email?.split('@')[0] ?? 'New member').slice(0, 80)
}

/** PostgreSQL keeps no NUL. */
function storable(email: string | undefined): string | null {
  return email === undefined || email.includes('\0') ? null : email.slice(0, 320)
}
