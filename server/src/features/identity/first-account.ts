import { emailSchema } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { SpaceDefaults } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { hashSecret, makeSecretToken } from '#platform/secret-token.ts'
import { createAccount, type Accounts } from './accounts.ts'
import type { Client } from './client.ts'
import type { Passwords } from './passwords.ts'
import type { SignedIn, SignIn } from './sign-in.ts'

const linkTtlMs = 24 * 3600 * 1000
/** Servers that start together each print a link; only links from before are void. */
const sameStartMs = 60 * 1000

/** How the first account comes to be, or what must happen for it. */
export type FirstAccountState =
  /** There is one already. */
  | { readonly kind: 'exists' }
  /** It was made now, from the settings. */
  | { readonly kind: 'created' }
  /** Whoever has this token may make it, once, within a day, through `<url>/setup#<token>`. */
  | { readonly kind: 'link'; readonly token: string }

export interface SetUpRequest {
  readonly token: string
  readonly email: string
  readonly name: string
  readonly password: string
}

export interface FirstAccountOptions {
  readonly db: Database
  readonly clock: Clock
  readonly accounts: Accounts
  readonly passwords: Passwords
  readonly signIn: SignIn
  /** From the settings. */
  readonly given: { readonly email: string; readonly password: string } | undefined
  readonly spaceDefaults: SpaceDefaults | undefined
}

/** The way from an empty installation to its administrator. Several servers may walk it at once. */
export class FirstAccount {
  readonly #options: FirstAccountOptions

  constructor(options: FirstAccountOptions) {
    this.#options = options
  }

  async isMissing(): Promise<boolean> {
    return !(await this.#options.accounts.hasAny())
  }

  /** May be called at each start. */
  async ensure(): Promise<FirstAccountState> {
    if (!(await this.isMissing())) return { kind: 'exists' }
    const { given } = this.#options
    return given ? this.#createGiven(given) : this.#makeLink()
  }

  /** Uses a link up for the first account; throws `already_set_up` or `link_used`. */
  async setUp(request: SetUpRequest, client: Client): Promise<SignedIn> {
    const { db, passwords, signIn, spaceDefaults } = this.#options
    if (!(await this.isMissing())) throw new ProblemError('already_set_up')
    // A wrong token must not cost us a password hash.
    if (!(await this.#isUsable(request.token))) throw new ProblemError('link_used')
    const passwordHash = await passwords.hash(request.password)
    const { email, name } = request
    return inTransaction(db, async (tx) => {
      await lockFirstAccount(tx)
      if (await isTaken(tx)) throw new ProblemError('already_set_up')
      if (!(await this.#consumeLink(tx, request.token))) throw new ProblemError('link_used')
      const account = { email, name, passwordHash, isAdmin: true, spaceDefaults }
      const user = await createAccount(tx, account)
      if (!user) throw new ProblemError('already_set_up')
      return signIn.startSession(tx, user.id, client)
    })
  }

  async #createGiven(given: { email: string; password: string }): Promise<FirstAccountState> {
    const { db, passwords, spaceDefaults } = this.#options
    const email = emailSchema.parse(given.email)
    const passwordHash = await passwords.hash(given.password)
    const name = nameFrom(email)
    return inTransaction(db, async (tx): Promise<FirstAccountState> => {
      await lockFirstAccount(tx)
      if (await isTaken(tx)) return { kind: 'exists' }
      await createAccount(tx, { email, name, passwordHash, isAdmin: true, spaceDefaults })
      return { kind: 'created' }
    })
  }

  async #makeLink(): Promise<FirstAccountState> {
    const now = this.#options.clock.now()
    const token = makeSecretToken()
    return inTransaction(this.#options.db, async (tx): Promise<FirstAccountState> => {
      await lockFirstAccount(tx)
      if (await isTaken(tx)) return { kind: 'exists' }
      await tx
        .deleteFrom('setup_links')
        .where('used_at', 'is', null)
        .where('created_at', '<', new Date(now.getTime() - sameStartMs))
        .execute()
      await tx
        .insertInto('setup_links')
        .values({ token_hash: hashSecret(token), created_at: now })
        .execute()
      return { kind: 'link', token }
    })
  }

  async #isUsable(token: string): Promise<boolean> {
    const link = await this.#options.db.kysely
      .selectFrom('setup_links')
      .select('token_hash')
      .where('token_hash', '=', hashSecret(token))
      .where('used_at', 'is', null)
      .where('created_at', '>', this.#oldestValid())
      .executeTakeFirst()
    return link !== undefined
  }

  async #consumeLink(tx: Transaction<Schema>, token: string): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('setup_links')
      .set({ used_at: this.#options.clock.now() })
      .where('token_hash', '=', hashSecret(token))
      .where('used_at', 'is', null)
      .where('created_at', '>', this.#oldestValid())
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  #oldestValid(): Date {
    return new Date(this.#options.clock.now().getTime() - linkTtlMs)
  }
}

/** Of all servers and requests, one at a time decides whether it makes the first account. */
async function lockFirstAccount(tx: Transaction<Schema>): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('cloudsync first account', 0))`.execute(
    tx,
  )
}

async function isTaken(tx: Transaction<Schema>): Promise<boolean> {
  const user = await tx.selectFrom('users').select('id').limit(1).executeTakeFirst()
  return user !== undefined
}

/** `ada.lovelace@example.org` is called Ada Lovelace until she says otherwise. */
function nameFrom(email: string): string {
  const words = email.slice(0, email.lastIndexOf('@')).split(/[._+-]+/)
  const name = words
    .filter((word) => word !== '')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ')
  return name === '' ? 'Admin' : name
}
