import { randomUUID } from 'node:crypto'
import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sha256FromBytes, sha256ToBytes, type Sha256 } from '@cloudsync/storage'
import { sql, type Insertable, type Selectable, type Transaction } from 'kysely'
import type { ContentName, Contents } from '#features/contents/index.ts'
import type { Room } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { UploadSessionsTable } from '#platform/db/tables/upload-tables.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { findUploadRoom, requireUpload } from './upload-quota.ts'

/** An upload, as far as it is not in its draft. */
export interface UploadSession {
  readonly id: string
  readonly kind: UploadSessionsTable['kind']
  readonly state: UploadSessionsTable['state']
  /** `undefined` until it is told. */
  readonly length: number | undefined
  readonly metadata: string
  /** The header of a final one. */
  readonly concat: string | undefined
  /** Since it is `stored`. */
  readonly sha256: Sha256 | undefined
  /** Since it is `filed`. */
  readonly nodeId: NodeId | undefined
  /** That it is for; of a partial one, none. */
  readonly spaceId: SpaceId | null
  readonly expiresAt: Date
}

export type NewUploadSession = Pick<
  UploadSession,
  'kind' | 'length' | 'metadata' | 'concat' | 'spaceId'
>

/** An upload to which nothing was added for so long is dropped; for as long again people are told so. */
const uploadLifeMs = 7 * 24 * 3_600_000

export interface UploadSessionsOptions {
  readonly db: Database
  readonly contents: Contents
  readonly clock: Clock
}

/** What is known of uploads, by all servers. */
export class UploadSessions {
  readonly #options: UploadSessionsOptions

  constructor(options: UploadSessionsOptions) {
    this.#options = options
  }

  /** With its draft. Throws `too_many_uploads` and `quota_exceeded`. */
  create(userId: UserId, upload: NewUploadSession): Promise<UploadSession> {
    const { db, contents } = this.#options
    return inTransaction(db, async (tx) => {
      const id = await contents.drafts.create(tx)
      return this.#insert(tx, userId, upload, { id, state: 'open', sha256: null })
    })
  }

  /**
   * One whose bytes are stored already: it has no draft. Leases the content in the same transaction, so that no
   * collector comes between; `undefined` when it cannot be had. Throws as `create`.
   */
  createStored(
    userId: UserId,
    upload: NewUploadSession,
    content: ContentName,
  ): Promise<UploadSession | undefined> {
    const { db, contents } = this.#options
    return inTransaction(db, async (tx) => {
      if (!(await contents.reuse(tx, content))) return undefined
      const sha256 = Buffer.from(sha256ToBytes(content.sha256))
      return this.#insert(tx, userId, upload, { id: randomUUID(), state: 'stored', sha256 })
    })
  }

  /** An upload of this person. Throws `not_found`, and as `find`. */
  async get(userId: UserId, id: string): Promise<UploadSession> {
    const session = await this.find(userId, id)
    if (!session) throw new ProblemError('not_found')
    return session
  }

  /** Throws `upload_expired`. */
  async find(userId: UserId, id: string): Promise<UploadSession | undefined> {
    const row = await this.#options.db.kysely
      .selectFrom('upload_sessions')
      .selectAll()
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst()
    if (!row) return undefined
    if (row.state === 'expired' || row.expires_at <= this.#options.clock.now())
      throw new ProblemError('upload_expired')
    return fromRow(row)
  }

  /** The final upload of the same parts to the same file, if there is one. */
  async findFinal(
    userId: UserId,
    { concat, metadata }: { readonly concat: string; readonly metadata: string },
  ): Promise<UploadSession | undefined> {
    const row = await this.#options.db.kysely
      .selectFrom('upload_sessions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('kind', '=', 'final')
      .where('concat', '=', concat)
      .where('metadata', '=', metadata)
      .where('expires_at', '>', this.#options.clock.now())
      .orderBy('created_at')
      .limit(1)
      .executeTakeFirst()
    return row && fromRow(row)
  }

  /** The room for an upload whose length is not known: beside all else that this person has begun. */
  findRoom(userId: UserId, { id, spaceId }: UploadSession): Promise<Room> {
    const { db, clock } = this.#options
    return findUploadRoom(db.kysely, { userId, spaceId, id }, clock.now())
  }

  /** Something is added to it: it lives on, and has this length, if it had none. Throws `upload_expired`. */
  async touch(id: string, length: number | undefined): Promise<UploadSession> {
    const row = await this.#options.db.kysely
      .updateTable('upload_sessions')
      .set({
        expires_at: new Date(this.#options.clock.now().getTime() + uploadLifeMs),
        length: sql`coalesce(length, ${length ?? null})`,
      })
      .where('id', '=', id)
      .where('state', '<>', 'expired')
      .returningAll()
      .executeTakeFirst()
    if (!row) throw new ProblemError('upload_expired')
    return fromRow(row)
  }

  /** Its bytes are a content, and its draft is gone. */
  async markStored(tx: Transaction<Schema>, id: string, sha256: Sha256): Promise<void> {
    const { numUpdatedRows } = await tx
      .updateTable('upload_sessions')
      .set({ state: 'stored', sha256: Buffer.from(sha256ToBytes(sha256)) })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw new ProblemError('upload_conflict')
  }

  /** Its bytes are in a file: of two that put them there, one is refused. */
  async markFiled(tx: Transaction<Schema>, id: string, nodeId: NodeId): Promise<void> {
    const { numUpdatedRows } = await tx
      .updateTable('upload_sessions')
      .set({ state: 'filed', node_id: nodeId })
      .where('id', '=', id)
      .where('state', '=', 'stored')
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw new ProblemError('upload_conflict')
  }

  /** They are in the file that they were put together to: their time is over. */
  async letGo(tx: Transaction<Schema>, userId: UserId, ids: readonly string[]): Promise<void> {
    await tx
      .updateTable('upload_sessions')
      .set({ expires_at: this.#options.clock.now() })
      .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
      .where('user_id', '=', userId)
      .where('kind', '=', 'partial')
      .execute()
  }

  /** Drops it with its bytes; a file that it has become stays. */
  async remove(id: string): Promise<void> {
    await this.#options.db.kysely.deleteFrom('upload_sessions').where('id', '=', id).execute()
    await this.#options.contents.drafts.remove(id)
  }

  /** Drops the bytes of those whose time is over, and forgets those of which it was long ago; gives how many it dropped. */
  async expire(): Promise<number> {
    const { db, contents, clock } = this.#options
    const now = clock.now()
    await db.kysely
      .deleteFrom('upload_sessions')
      .where('expires_at', '<', new Date(now.getTime() - uploadLifeMs))
      .execute()
    const expired = await db.kysely
      .updateTable('upload_sessions')
      .set({ state: 'expired' })
      .where('expires_at', '<=', now)
      .where('state', '<>', 'expired')
      .returning('id')
      .execute()
    for (const { id } of expired) await contents.drafts.remove(id)
    return expired.length
  }

  async #insert(
    tx: Transaction<Schema>,
    userId: UserId,
    { kind, length, metadata, concat, spaceId }: NewUploadSession,
    begin: Pick<Insertable<UploadSessionsTable>, 'id' | 'state' | 'sha256'>,
  ): Promise<UploadSession> {
    const now = this.#options.clock.now()
    await requireUpload(tx, { userId, spaceId, length: length ?? 0 }, now)
    const row = await tx
      .insertInto('upload_sessions')
      .values({
        ...begin,
        user_id: userId,
        kind,
        length: length ?? null,
        metadata,
        concat: concat ?? null,
        node_id: null,
        space_id: spaceId,
        created_at: now,
        expires_at: new Date(now.getTime() + uploadLifeMs),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return fromRow(row)
  }
}

function fromRow(row: Selectable<UploadSessionsTable>): UploadSession {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    length: row.length ?? undefined,
    metadata: row.metadata,
    concat: row.concat ?? undefined,
    sha256: row.sha256 ? sha256FromBytes(row.sha256) : undefined,
    nodeId: row.node_id ?? undefined,
    spaceId: row.space_id,
    expiresAt: row.expires_at,
  }
}
