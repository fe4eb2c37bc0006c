import type {
  CreatedOAuthClient,
  NewOAuthClient,
  OAuthClient,
  OAuthClientPatch,
  UserId,
} from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { hashSecret, makeSecretToken } from '#platform/secret-token.ts'
import type { AppGrants } from '../grants/app-grants.ts'
import { patchMetadata, presentClient, toMetadata, type ClientRow } from './client-metadata.ts'

export interface ClientsOptions {
  readonly db: Database
  readonly grants: AppGrants
  /** Throws a `ProblemError` when the provider would not take the metadata. */
  readonly check: (metadata: Record<string, unknown>) => Promise<void>
}

const columns = ['id', 'metadata', 'origin', 'created_at'] as const

/** The apps that may ask people to let them in, as administrators keep them. */
export class Clients {
  readonly #options: ClientsOptions

  constructor(options: ClientsOptions) {
    this.#options = options
  }

  /** In the order of their ids. */
  async list(after: string | undefined, limit: number): Promise<OAuthClient[]> {
    let query = this.#options.db.kysely
      .selectFrom('oauth_clients')
      .select(columns)
      .orderBy('id')
      .limit(limit)
    if (after !== undefined) query = query.where('id', '>', after)
    return (await query.execute()).map(presentClient)
  }

  /** Throws `not_found`. */
  async get(id: string): Promise<OAuthClient> {
    return presentClient(await this.#getRow(id))
  }

  /** Throws `bad_request` for what OAuth does not allow. */
  async create(client: NewOAuthClient, actorId: UserId): Promise<CreatedOAuthClient> {
    const { db } = this.#options
    const id = uuidv7()
    const secret = client.kind === 'web' ? makeSecretToken() : null
    const metadata = toMetadata(client)
    await this.#check(id, metadata, secret !== null)
    const row = await inTransaction(db, async (tx) => {
      await appendEvent(tx, { type: 'app.registered', actorId, payload: { clientId: id } })
      return tx
        .insertInto('oauth_clients')
        .values({
          id,
          metadata: JSON.stringify(metadata),
          origin: 'admin',
          secret_hash: secret === null ? null : hashClientSecret(secret),
          created_by: actorId,
        })
        .returning(columns)
        .executeTakeFirstOrThrow()
    })
    return { ...presentClient(row), clientSecret: secret }
  }

  /** Throws `not_found`, and `bad_request` for what OAuth does not allow. */
  async update(id: string, patch: OAuthClientPatch, actorId: UserId): Promise<OAuthClient> {
    const { db } = this.#options
    const row = await this.#getRow(id)
    if (row.origin === 'built_in') throw new ProblemError('forbidden')
    const metadata = change(row, patch)
    await this.#check(id, metadata, row.secret_hash !== null)
    await inTransaction(db, async (tx) => {
      await tx
        .updateTable('oauth_clients')
        .set({ metadata: JSON.stringify(metadata) })
        .where('id', '=', id)
        .execute()
      // It is not the app any more that people have let in, and would be called back without asking them.
      if (isElsewhere(row, patch))
        await tx.deleteFrom('oauth_consents').where('client_id', '=', id).execute()
      await appendEvent(tx, { type: 'app.changed', actorId, payload: { clientId: id } })
    })
    return this.get(id)
  }

  /** A new secret; the old one is void at once. Throws `not_found`. */
  async renewSecret(id: string, actorId: UserId): Promise<string> {
    const secret = makeSecretToken()
    await inTransaction(this.#options.db, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('oauth_clients')
        .set({ secret_hash: hashClientSecret(secret) })
        .where('id', '=', id)
        .where('secret_hash', 'is not', null)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw new ProblemError('not_found')
      await appendEvent(tx, { type: 'app.changed', actorId, payload: { clientId: id } })
    })
    return secret
  }

  /** Ends all that it was allowed. Throws `not_found`. */
  async remove(id: string, actorId: UserId): Promise<void> {
    const { origin } = await this.get(id)
    if (origin === 'built_in') throw new ProblemError('forbidden')
    await this.#options.grants.removeClient(id, (tx) =>
      appendEvent(tx, { type: 'app.removed', actorId, payload: { clientId: id } }),
    )
  }

  async #getRow(id: string) {
    const row = await this.#options.db.kysely
      .selectFrom('oauth_clients')
      .select([...columns, 'secret_hash'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (!row) throw new ProblemError('not_found')
    return row
  }

  #check(id: string, metadata: Record<string, unknown>, hasSecret: boolean): Promise<void> {
    return this.#options.check({
      ...metadata,
      client_id: id,
      ...(hasSecret ? { client_secret: 'to be made' } : {}),
    })
  }
}

/** Whether codes may go to where they did not go before. */
function isElsewhere(row: ClientRow, { redirectUris = [] }: OAuthClientPatch): boolean {
  const before = new Set(presentClient(row).redirectUris)
  return redirectUris.some((uri) => !before.has(uri))
}

/** Which grants a client of an administrator's uses follows from its redirects; another has told them itself. */
function change(row: ClientRow, patch: OAuthClientPatch): Record<string, unknown> {
  if (row.origin === 'registration') return patchMetadata(row.metadata, patch)
  const { name, kind, redirectUris, scopes } = presentClient(row)
  return toMetadata({
    kind,
    name: patch.name ?? name,
    redirectUris: patch.redirectUris ?? redirectUris,
    scopes: patch.scopes ?? scopes,
  })
}

/** In hex, as `oidc-provider` takes it for the secret. */
export function hashClientSecret(secret: string): string {
  return hashSecret(secret).toString('hex')
}
