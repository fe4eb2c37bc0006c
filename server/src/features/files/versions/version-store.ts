import { findSha256, sha256FromBytes, sha256ToBytes } from '@cloudsync/storage'
import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { LiveDocuments, LogPosition } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent, type DomainEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ContentName, Contents } from '#features/contents/index.ts'
import { findTagPosition } from '../content/text-etag.ts'
import { changeNodes, type NodeWriter } from '../nodes/node-writer.ts'
import { markPruneDue } from '../retention/version-prunes.ts'
import { insertVersionRows, type VersionRow } from './version-rows.ts'

export type { VersionRow } from './version-rows.ts'

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
  /** Kept also where the space is full. */
  readonly isExempt?: boolean
}

/** A version whose bytes are stored and leased already, or had by another version. */
export interface StoredVersion extends ContentName {
  readonly nodeId: NodeId
  readonly reason: VersionRow['reason']
  readonly name?: string | undefined
  readonly position?: LogPosition | undefined
  readonly authorId: UserId | null
  /** Whoever asked for it; nobody, when it was time for it. */
  readonly actorId: UserId | undefined
  readonly contributorIds?: readonly UserId[]
  readonly createdAt: Date
  /** Kept also where the space is full: what was typed, or is about to be replaced, is not lost for that. */
  readonly isExempt?: boolean
}

export interface VersionStoreOptions {
  readonly db: Database
  readonly live: LiveDocuments
  readonly contents: Contents
  readonly clock: Clock
}

/** The versions of files: a row for each, its bytes in the content store. */
export class VersionStore {
  readonly #options: VersionStoreOptions

  constructor(options: VersionStoreOptions) {
    this.#options = options
  }

  /** Makes a version, also when it equals the one before. Throws `quota_exceeded`. */
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

  /**
   * The version that an entity tag names: by the hash of its bytes, or by where the log stood, and
   * `undefined` when there is none.
   */
  findByTag(nodeId: NodeId, tag: string): Promise<VersionRow | undefined> {
    return findVersionByTag(this.#options.db.kysely, nodeId, tag)
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
      // Who removes old versions has the node too, and has looked for names.
      const spaceId = await lockNode(tx, nodeId)
      const row = await tx
        .updateTable('versions')
        .set({ name: change.name })
        .where('node_id', '=', nodeId)
        .where('number', '=', number)
        .returningAll()
        .executeTakeFirst()
      if (!row) throw new ProblemError('not_found', { detail: 'There is no such version' })
      // Without its name it may have to go.
      if (change.name === null) await markPruneDue(tx, nodeId, this.#options.clock.now())
      await appendEvent(tx, versionEvent('version.renamed', { ...row, spaceId }, change.actorId))
      return row
    })
  }

  /** The bytes of a version, checked against their hash. */
  read(row: VersionRow): Promise<Uint8Array> {
    return this.#options.contents.get(sha256FromBytes(row.sha256))
  }

  /** The bytes are stored before the row, so that a crash leaves at most bytes that nothing names. */
  async #add(draft: VersionDraft, unlessSame: boolean): Promise<VersionRow> {
    const { db, contents, clock } = this.#options
    const stored = await contents.put(draft.bytes)
    const contributorIds = await this.listContributors(draft)
    const version = {
      ...stored,
      nodeId: draft.nodeId,
      reason: draft.reason,
      name: draft.name,
      position: draft.position,
      authorId: draft.authorId ?? contributorIds.at(-1) ?? null,
      actorId: draft.authorId,
      contributorIds,
      createdAt: clock.now(),
      isExempt: draft.isExempt ?? false,
    }
    return changeNodes(db, clock, (writer) =>
      unlessSame ? ensureVersion(writer, version) : insertVersion(writer, version),
    )
  }

  /** Everybody who typed between the version before and `position`. */
  async listContributors({
    nodeId,
    position,
  }: Pick<VersionDraft, 'nodeId' | 'position'>): Promise<UserId[]> {
    if (!position) return []
    const { after } = await this.#options.db.kysely
      .selectFrom('versions')
      .select(({ fn }) => fn.max('seq').as('after'))
      .where('node_id', '=', nodeId)
      .where('seq', '<=', position.seq)
      .executeTakeFirstOrThrow()
    return this.#options.live.listAuthorsSince(nodeId, after ?? 0)
  }
}

/**
 * Writes the row of a version under the next number of its node. A collector passes its bytes over from
 * then on. Throws `quota_exceeded`. `held`: what `findLastVersion` has given in the same transaction.
 */
export async function insertVersion(
  writer: NodeWriter,
  version: StoredVersion,
  held?: LastVersion,
): Promise<VersionRow> {
  const { tx, charges } = writer
  const { spaceId, last } = held ?? (await findLastVersion(writer, version.nodeId))
  if (version.isExempt) charges.add(spaceId, version.sizeBytes)
  else await charges.reserve(spaceId, version.sizeBytes)
  const row: VersionRow = {
    node_id: version.nodeId,
    space_id: spaceId,
    number: (last?.number ?? 0) + 1,
    name: version.name ?? null,
    reason: version.reason,
    sha256: Buffer.from(sha256ToBytes(version.sha256)),
    size_bytes: version.sizeBytes,
    epoch: version.position?.epoch ?? null,
    seq: version.position?.seq ?? null,
    author_id: version.authorId,
    contributor_ids: [...(version.contributorIds ?? [])],
    created_at: version.createdAt,
  }
  await insertVersionRows(tx, [row])
  if (last) await markPruneDue(tx, version.nodeId, version.createdAt)
  writer.tell(versionEvent('version.created', { ...row, spaceId }, version.actorId))
  return row
}

/** As `insertVersion`, unless the last version has the same bytes; that one is given then. */
export async function ensureVersion(
  writer: NodeWriter,
  version: StoredVersion,
): Promise<VersionRow> {
  const held = await findLastVersion(writer, version.nodeId)
  const { last } = held
  const isSame = last && sha256FromBytes(last.sha256) === version.sha256
  return isSame ? advance(writer.tx, last, version.position) : insertVersion(writer, version, held)
}

/** The last version of these bytes, or `undefined`. */
export function findVersionOf(
  tx: Kysely<Schema>,
  nodeId: NodeId,
  sha256: Uint8Array,
): Promise<VersionRow | undefined> {
  return tx
    .selectFrom('versions')
    .selectAll()
    .where('node_id', '=', nodeId)
    .where('sha256', '=', Buffer.from(sha256))
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function findVersionByTag(
  db: Kysely<Schema>,
  nodeId: NodeId,
  tag: string,
): Promise<VersionRow | undefined> {
  const sha256 = findSha256(tag)
  const position = findTagPosition(tag)
  if (!sha256 && !position) return undefined
  let query = db.selectFrom('versions').selectAll().where('node_id', '=', nodeId)
  if (sha256) query = query.where('sha256', '=', Buffer.from(sha256ToBytes(sha256)))
  if (position) query = query.where('epoch', '=', position.epoch).where('seq', '=', position.seq)
  return query.orderBy('number', 'desc').limit(1).executeTakeFirst()
}

export interface LastVersion {
  readonly spaceId: SpaceId
  readonly last: VersionRow | undefined
}

/**
 * The last version of a node, and where it counts. Numbers go up by one per node: whoever makes the next one has the node
 * for itself, and has locked it before, or would read what was last before it waited for that.
 */
export async function findLastVersion(writer: NodeWriter, nodeId: NodeId): Promise<LastVersion> {
  const spaceId = await writer.lockedIn(nodeId)
  const last = await writer.tx
    .selectFrom('versions')
    .selectAll()
    .where('node_id', '=', nodeId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return { spaceId, last }
}

/** Throws `not_found`. */
async function lockNode(tx: Transaction<Schema>, nodeId: NodeId): Promise<SpaceId> {
  const node = await tx
    .selectFrom('nodes')
    .select('space_id')
    .where('id', '=', nodeId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!node) throw new ProblemError('not_found')
  return node.space_id
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

function versionEvent(
  type: 'version.created' | 'version.renamed',
  row: VersionRow & { readonly spaceId: SpaceId },
  actorId: UserId | undefined,
): DomainEvent {
  return {
    type,
    spaceId: row.spaceId,
    nodeId: row.node_id,
    actorId,
    payload: { number: row.number, name: row.name, reason: row.reason },
  }
}
