import type { FileMode, NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type RawBuilder, type Transaction } from 'kysely'
import { SpaceCharges } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { withNext } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvents, type DomainEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { FeedChanges } from './feed-changes.ts'
import {
  contentColumns,
  nameColumns,
  newRow,
  textBytesOf,
  type FileContent,
  type NewNode,
} from './node-columns.ts'
import type { NodeRow } from './node-reader.ts'
import { unlessCollected } from '../versions/unless-collected.ts'
import { insertRows } from './insert-rows.ts'

/**
 * Runs `change` in one transaction. Whatever it writes through the writer takes its place in the change
 * feed last, right before the commit, so that the lock of a space is held for one statement and the
 * order of sequence numbers is that of commits.
 */
export async function changeNodes<Result>(
  db: Database,
  clock: Clock,
  change: (writer: NodeWriter) => Promise<Result>,
): Promise<Result> {
  let result!: Result
  await unlessCollected(() =>
    inTransaction(db, async (tx) => {
      const writer = new NodeWriter(tx, clock)
      result = await change(writer)
      await writer.finish()
    }),
  )
  return result
}

/** Writes the rows of nodes, with the event of each change. Lives as long as its transaction. */
export class NodeWriter {
  readonly tx: Transaction<Schema>
  /** What the change adds to its spaces, and takes from them. */
  readonly charges: SpaceCharges
  /** What the change feeds tell of it. */
  readonly feed: FeedChanges
  readonly #clock: Clock
  readonly #events: DomainEvent[] = []
  /** Where the nodes are that are locked. */
  readonly #locked = new Map<NodeId, SpaceId>()

  constructor(tx: Transaction<Schema>, clock: Clock) {
    this.tx = tx
    this.charges = new SpaceCharges(tx)
    this.feed = new FeedChanges(tx, this.charges, clock)
    this.#clock = clock
  }

  /** The node as it is, and stays until the commit. Throws `not_found`. */
  async lock(id: NodeId): Promise<NodeRow> {
    const row = (await this.lockAll([id])).get(id)
    if (!row) throw new ProblemError('not_found')
    return row
  }

  /** Those of the nodes that there are, as they stay until the commit. */
  async lockAll(ids: readonly NodeId[]): Promise<Map<NodeId, NodeRow>> {
    if (ids.length === 0) return new Map()
    // In one order, since several are locked at once by several servers.
    const rows = await this.tx
      .selectFrom('nodes')
      .selectAll()
      .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
      .orderBy('id')
      .forNoKeyUpdate()
      .execute()
    for (const row of rows) this.#locked.set(row.id, row.space_id)
    return new Map(rows.map((row) => [row.id, row]))
  }

  /** The space of a node, which is locked if it is not yet. Throws `not_found`. */
  async lockedIn(id: NodeId): Promise<SpaceId> {
    return this.#locked.get(id) ?? (await this.lock(id)).space_id
  }

  /** The transaction throws the unique violations of `nodes_pkey` and `nodes_live_name`, now or later. */
  async insert(node: NewNode): Promise<NodeRow> {
    const row = (await this.insertAll([node])).get(node.id)
    if (!row) throw new Error(`Node ${node.id} was not inserted`)
    return row
  }

  /** As `insert`, with one statement for all. */
  async insertAll(nodes: readonly NewNode[]): Promise<Map<NodeId, NodeRow>> {
    if (nodes.length === 0) return new Map()
    const now = this.#clock.now()
    const rows = nodes.map((node) => newRow(node, now))
    await insertRows(this.tx, rows)
    for (const row of rows) {
      const { parent_id: parentId, name, kind, size_bytes: sizeBytes } = row
      this.note(row, `${nounOf(row)}.created`, row.created_by, { parentId, name, kind, sizeBytes })
    }
    return new Map(rows.map((row) => [row.id, row]))
  }

  /** Makes other bytes the content of a file, which may be of the other kind then. */
  async setContent(row: NodeRow, content: FileContent, actorId: UserId): Promise<NodeRow> {
    const textBytes = content.kind === 'text' ? content.sizeBytes : 0
    this.charges.add(row.space_id, textBytes - textBytesOf(row))
    const replaced = await this.update(row, {
      ...contentColumns(content, row.name),
      updated_at: this.#clock.now(),
      updated_by: actorId,
    })
    const { parent_id: parentId, name } = replaced
    const { kind, sizeBytes } = content
    this.note(replaced, 'file.updated', actorId, { parentId, name, kind, sizeBytes })
    return replaced
  }

  /** Counts conflicts of a node that wait for a person; whoever lists it sees that there are some. */
  async countConflicts(row: NodeRow, difference: 1 | -1): Promise<NodeRow> {
    const counted = await this.update(row, { open_conflicts: row.open_conflicts + difference })
    this.feed.enter(counted)
    return counted
  }

  /** Throws the unique violation of `nodes_live_name`. */
  async rename(row: NodeRow, name: string, actorId: UserId | null): Promise<NodeRow> {
    const renamed = await this.update(row, {
      ...nameColumns(row, name),
      updated_at: this.#clock.now(),
      updated_by: actorId,
    })
    const { parent_id: parentId, name: oldName } = row
    this.note(renamed, `${nounOf(row)}.renamed`, actorId, { parentId, oldName, name })
    return renamed
  }

  async setMode(row: NodeRow, mode: FileMode, actorId: UserId): Promise<NodeRow> {
    const changed = await this.update(row, {
      mode,
      updated_at: this.#clock.now(),
      updated_by: actorId,
    })
    this.note(changed, 'file.mode_changed', actorId, { oldMode: row.mode, mode })
    return changed
  }

  /** Into another folder of the same space. Throws the unique violation of `nodes_live_name`. */
  async move(
    row: NodeRow,
    to: { readonly parentId: NodeId; readonly name: string },
    actorId: UserId | null,
  ): Promise<NodeRow> {
    const moved = await this.update(row, { ...nameColumns(row, to.name), parent_id: to.parentId })
    this.feed.move(row.id, row.parent_id)
    if (row.kind === 'folder') this.feed.arrive(row.id)
    this.note(moved, `${nounOf(row)}.moved`, actorId, {
      oldParentId: row.parent_id,
      parentId: to.parentId,
      oldName: row.name,
      name: to.name,
    })
    return moved
  }

  /** `logSeq`: where the log of a text stood when whoever trashes it knew it; unset: where it stands. */
  async trash(
    row: NodeRow,
    trash: { readonly batchId: string; readonly logSeq?: number | undefined },
    actorId: UserId | null,
  ): Promise<NodeRow> {
    const changes = {
      trashed_at: this.#clock.now(),
      trashed_by: actorId,
      trash_batch_id: trash.batchId,
    }
    const logSeq = trash.logSeq ?? sql`(SELECT seq FROM documents WHERE documents.id = nodes.id)`
    const more = sql`trashed_seq = ${logSeq}, trashed_log_at = now()`
    const trashed = await this.update(row, changes, more)
    const { parent_id: parentId, name } = row
    const { batchId } = trash
    this.note(trashed, `${nounOf(row)}.trashed`, actorId, { parentId, name, batchId })
    return trashed
  }

  /** Brings a node back. Throws the unique violation of `nodes_live_name`. */
  async restore(
    row: NodeRow,
    to: { readonly parentId: NodeId; readonly name: string; readonly reason: 'asked' | 'edited' },
    actorId: UserId | null,
  ): Promise<NodeRow> {
    const restored = await this.update(row, {
      ...nameColumns(row, to.name),
      parent_id: to.parentId,
      trashed_at: null,
      trashed_by: null,
      trash_batch_id: null,
      trashed_seq: null,
      trashed_log_at: null,
    })
    if (row.kind === 'folder') this.feed.arrive(row.id)
    this.note(restored, `${nounOf(row)}.restored`, actorId, {
      oldParentId: row.parent_id,
      parentId: to.parentId,
      oldName: row.name,
      name: to.name,
      reason: to.reason,
    })
    return restored
  }

  /**
   * Changes a row, which is locked and as it is now, without an event; `note` tells of it. `more`: what only the
   * database knows; the row that is given lacks it.
   */
  async update(
    row: NodeRow,
    changes: Partial<NodeRow>,
    more?: RawBuilder<unknown>,
  ): Promise<NodeRow> {
    const columns = Object.entries(changes).map(
      ([column, value]) => sql`${sql.ref(column)} = ${value}`,
    )
    await sql`${withNext} UPDATE nodes SET ${sql.join(more ? [...columns, more] : columns)}
      WHERE id = ${row.id}`.execute(this.tx)
    return { ...row, ...changes }
  }

  /** Puts a changed row into the change feed, and its event into the log. */
  note(
    row: NodeRow,
    type: DomainEvent['type'],
    actorId: UserId | null,
    payload: Readonly<Record<string, unknown>>,
  ): void {
    this.feed.enter(row)
    this.#events.push({
      type,
      spaceId: row.space_id,
      nodeId: row.id,
      actorId: actorId ?? undefined,
      payload,
    })
  }

  /** An event of something that is no node, or of a node that is gone. */
  tell(event: DomainEvent): void {
    this.#events.push(event)
  }

  /**
   * Writes the events, and stamps the feeds. The last statements of the transaction: nothing waits for
   * anything while the spaces are locked. Throws as `FeedChanges.stampAll`.
   */
  async finish(): Promise<void> {
    await appendEvents(this.tx, this.#events)
    await this.feed.stampAll()
  }
}

function nounOf({ kind }: NodeRow): 'folder' | 'file' {
  return kind === 'folder' ? 'folder' : 'file'
}
