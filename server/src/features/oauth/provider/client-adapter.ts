import { oauthClientIdSchema } from '@cloudsync/protocol'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Database } from '#platform/db/database.ts'
import { hashClientSecret } from '../clients/clients.ts'

/** Clients as the provider sees them. In place of its secret each has the hash of it. */
export class ClientAdapter implements Adapter {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    // Strangers say what they like.
    if (!oauthClientIdSchema.safeParse(id).success) return undefined
    const row = await this.#db.kysely
      .selectFrom('oauth_clients')
      .select(['metadata', 'secret_hash'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (!row) return undefined
    return {
      ...row.metadata,
      client_id: id,
      ...(row.secret_hash === null ? {} : { client_secret: row.secret_hash }),
    }
  }

  /** Dynamic registration (RFC 7591 §3). */
  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    const { client_id: _id, client_secret: secret, ...metadata } = payload
    await this.#db.kysely
      .insertInto('oauth_clients')
      .values({
        id,
        metadata: JSON.stringify(metadata),
        secret_hash: typeof secret === 'string' ? hashClientSecret(secret) : null,
        origin: 'registration',
      })
      .execute()
  }

  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(): Promise<void> {}
  async destroy(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}
