import { sha256FromBytes, sha256ToBytes, type ContentStore } from '@cloudsync/storage'
import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Selectable, Transaction } from 'kysely'
import type { LiveDocuments, LogPosition } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema, VersionsTable } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'

export type VersionRow = Selectable<VersionsTable>

export interface VersionDraft {
  readonly nodeId: NodeId
  readonly reason: VersionRow['reason']
  readonly name?: string
  /** As they are downloaded. */
  readonly bytes: Uint8Array
  /** Where the log stood; none for bytes that never were the text. */
  readonly position?: LogPosition
  /** Unset: whoever of the contributors typed last. */
  readonly authorId?: UserId
}

export interface VersionStoreOptions {
  readonly db: Database
  readonly live: LiveDocuments
  readonly content: ContentStore
  readonly clock: Clock
}

/** The versions of texts: a row for each, its bytes in the content store. */
export class VersionStore {
  readonly #options: VersionStoreOptions

  constructor(options: VersionStoreOptions) {
    this.#options = options
  }

  /** Makes a version, also when it equals the one before. */
  add(draft: VersionDraft): Promise<VersionRow> {
    return this.#add(draft, false)
  }

  /** Makes a version, unless the last one has the same bytes; that one is given then. */
  ensure(draft: VersionDraft): Promise<VersionRow> {
    return this.#add(draft, true)
  }

  /** Throws `not_found`. */
  async get(nodeId: NodeId, number: number): Promise<VersionRow> {
    const row = await this.#options.db.kysely
      .selectFrom('versions')
      .selectAll()
      .where('node_id', '=', nodeId)
      .where('number', '=', number)
      .executeTakeFirst()
    if (!row) throw new ProblemError('not_found', { detail: 'There is no such version' })
    return row
  }

  /** The newest first; those before number `before`, if it is given. */
  list(
    nodeId: NodeId,
    page: { readonly before: number | undefined; readonly limit: number },
  ): Promise<VersionRow[]> {
    let query = this.#options.db.kysely
      .selectFrom('versions')
      .selectAll()
      .where('node_id', '=', nodeId)
      .orderBy('number', 'desc')
      .limit(page.limit)
    if (page.before !== undefined) query = query.where('number', '<', page.before)
    return query.execute()
  }

  /** Throws `not_found`. */
  async rename(
    nodeId: NodeId,
    number: number,
    change: { readonly name: string | null; readonly actorId: UserId },
  ): Promise<VersionRow> {
    return inTransaction(this.#options.db, async (tx) => {
      const row = await tx
        .updateTable('versions')
        .set({ name: change.name })
        .where('node_id', '=', nodeId)
        .where('number', '=', number)
        .returningAll()
        .executeTakeFirst()
      if (!row) throw new ProblemError('not_found', { detail: 'There is no such version' })
      await appendVersionEvent(tx, 'version.renamed', row, change.actorId)
      return row
    })
  }

  /** The bytes of a version, checked against their hash. */
  read(row: VersionRow): Promise<Uint8Array> {
    return this.#options.content.get(sha256FromBytes(row.sha256))
  }

  /** The bytes are stored before the row, so that a crash leaves at most bytes that nothing names. */
  async #add(draft: VersionDraft, unlessSame: boolean): Promise<VersionRow> {
    const { db, content } = this.#options
    const stored = await content.put(draft.bytes)
    const sha256 = sha256ToBytes(stored.sha256)
    const contributorIds = await this.#listContributors(draft)
    return inTransaction(db, async (tx) => {
      const last = await lockLast(tx, draft.nodeId)
      if (unlessSame && last && Buffer.compare(last.sha256, sha256) === 0)
        return advance(tx, last, draft.position)
      await tx
        .insertInto('contents')
        .values({ sha256, size_bytes: stored.sizeBytes, leased_until: this.#options.clock.now() })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const row = await tx
        .insertInto('versions')
        .values({
          node_id: draft.nodeId,
          number: (last?.number ?? 0) + 1,
          name: draft.name ?? null,
          reason: draft.reason,
          sha256,
          size_bytes: stored.sizeBytes,
          epoch: draft.position?.epoch ?? null,
          seq: draft.position?.seq ?? null,
          author_id: draft.authorId ?? contributorIds.at(-1) ?? null,
          contributor_ids: contributorIds,
          created_at: this.#options.clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      await appendVersionEvent(tx, 'version.created', row, draft.authorId)
      return row
    })
  }

  /** Everybody who typed between the version before and `position`. */
  async #listContributors({ nodeId, position }: VersionDraft): Promise<UserId[]> {
    if (!position) return []
    const { after } = await this.#options.db.kysely
      .selectFrom('versions')
      .select(({ fn }) => fn.max('seq').as('after'))
      .where('node_id', '=', nodeId)
      .where('epoch', '=', position.epoch)
      .executeTakeFirstOrThrow()
    return this.#options.live.listAuthorsSince(nodeId, after ?? 0)
  }
}

/** Numbers are dense per node: whoever makes the next one has the node for itself. */
async function lockLast(tx: Transaction<Schema>, nodeId: NodeId): Promise<VersionRow | undefined> {
  const node = await tx
    .selectFrom('nodes')
    .select('id')
    .where('id', '=', nodeId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!node) throw new ProblemError('not_found')
  return tx
    .selectFrom('versions')
    .selectAll()
    .where('node_id', '=', nodeId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The same content stood at a later position too; what comes next is counted from there. */
async function advance(
  tx: Transaction<Schema>,
  last: VersionRow,
  position: LogPosition | undefined,
): Promise<VersionRow> {
  if (!position || (last.epoch === position.epoch && (last.seq ?? 0) >= position.seq)) return last
  return tx
    .updateTable('versions')
    .set({ epoch: position.epoch, seq: position.seq })
    .where('node_id', '=', last.node_id)
    .where('number', '=', last.number)
    .returningAll()
    .executeTakeFirstOrThrow()
}

async function appendVersionEvent(
  tx: Transaction<Schema>,
  type: 'version.created' | 'version.renamed',
  row: VersionRow,
  actorId: UserId | undefined,
): Promise<void> {
  const node = await tx
    .selectFrom('nodes')
    .select('space_id')
    .where('id', '=', row.node_id)
    .executeTakeFirstOrThrow()
  await appendEvent(tx, {
    type,
    spaceId: node.space_id,
    nodeId: row.node_id,
    actorId,
    payload: { number: row.number, name: row.name, reason: row.reason },
  })
}
