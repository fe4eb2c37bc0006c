import { randomInt } from 'node:crypto'
import { nameKey, type TextFormat } from '@cloudsync/crdt'
import type { NodeId, NodeKind, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Insertable, type Transaction, type Updateable, type UpdateObject } from 'kysely'
import { SpaceCharges } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { NodesTable, Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvents, type DomainEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { textMediaType } from '../content/media-type.ts'
import { encodedSize, formatOf } from '../content/text-format.ts'
import type { NodeRow } from './node-reader.ts'

/** What a file is, as its node says it. */
export type FileContent =
  | { readonly kind: 'text'; readonly format: TextFormat; readonly sizeBytes: number }
  | {
      readonly kind: 'blob'
      readonly sha256: Uint8Array
      readonly sizeBytes: number
      readonly mediaType: string
    }

export interface NewNode {
  readonly id: NodeId
  readonly spaceId: SpaceId
  readonly parentId: NodeId
  readonly name: string
  readonly kind: NodeKind
  readonly actorId: UserId | null
  /** Of a text. */
  readonly format?: TextFormat
  /** Of a text or a blob. */
  readonly sizeBytes?: number | null
  /** Of a blob. */
  readonly mediaType?: string | null
  readonly sha256?: Uint8Array
}

/** What an edit of a text leaves in its node. What is not given stays. */
export interface TextTouch {
  readonly nodeId: NodeId
  readonly actorId: UserId | null
  /** As of `position`; tells the size. */
  readonly text?: string | undefined
  readonly format?: TextFormat | undefined
  /** Where the log stood, for who reads the event. */
  readonly position: { readonly epoch: number; readonly seq: number }
}

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
  await inTransaction(db, async (tx) => {
    const writer = new NodeWriter(tx, clock)
    result = await change(writer)
    await writer.finish()
  })
  return result
}

/** Writes the rows of nodes, with the event of each change. Lives as long as its transaction. */
export class NodeWriter {
  readonly tx: Transaction<Schema>
  /** What the change adds to its spaces, and takes from them. */
  readonly charges: SpaceCharges
  readonly #clock: Clock
  /** The rows as they are now, by space. */
  readonly #changed = new Map<SpaceId, Map<NodeId, NodeRow>>()
  readonly #departed = new Map<SpaceId, Set<NodeId>>()
  readonly #events: DomainEvent[] = []

  constructor(tx: Transaction<Schema>, clock: Clock) {
    this.tx = tx
    this.charges = new SpaceCharges(tx)
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
    return new Map(rows.map((row) => [row.id, row]))
  }

  /** Throws the unique violations of `nodes_pkey` and `nodes_live_name`. */
  async insert(node: NewNode): Promise<NodeRow> {
    const row = (await this.insertAll([node])).get(node.id)
    if (!row) throw new Error(`Node ${node.id} was not inserted`)
    return row
  }

  /** As `insert`, with one statement for all. */
  async insertAll(nodes: readonly NewNode[]): Promise<Map<NodeId, NodeRow>> {
    if (nodes.length === 0) return new Map()
    const now = this.#clock.now()
    const rows = await this.tx
      .insertInto('nodes')
      .values(nodes.map((node) => newRow(node, now)))
      .returningAll()
      .execute()
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
    this.enterFeed(counted)
    return counted
  }

  /** Throws the unique violation of `nodes_live_name`. */
  async rename(row: NodeRow, name: string, actorId: UserId | null): Promise<NodeRow> {
    const renamed = await this.update(row, {
      ...this.#named(row, name),
      updated_at: this.#clock.now(),
      updated_by: actorId,
    })
    const { parent_id: parentId, name: oldName } = row
    this.note(renamed, `${nounOf(row)}.renamed`, actorId, { parentId, oldName, name })
    return renamed
  }

  /** Into another folder of the same space. Throws the unique violation of `nodes_live_name`. */
  async move(
    row: NodeRow,
    to: { readonly parentId: NodeId; readonly name: string },
    actorId: UserId | null,
  ): Promise<NodeRow> {
    const moved = await this.update(row, { ...this.#named(row, to.name), parent_id: to.parentId })
    this.note(moved, `${nounOf(row)}.moved`, actorId, {
      oldParentId: row.parent_id,
      parentId: to.parentId,
      oldName: row.name,
      name: to.name,
    })
    return moved
  }

  /** `logSeq`: where the log of a text stands. */
  async trash(
    row: NodeRow,
    trash: { readonly batchId: string; readonly logSeq: number | null },
    actorId: UserId | null,
  ): Promise<NodeRow> {
    const trashed = await this.update(row, {
      trashed_at: this.#clock.now(),
      trashed_by: actorId,
      trash_batch_id: trash.batchId,
      trashed_seq: trash.logSeq,
      trashed_log_at: sql<Date>`now()`,
    })
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
      ...this.#named(row, to.name),
      parent_id: to.parentId,
      trashed_at: null,
      trashed_by: null,
      trash_batch_id: null,
      trashed_seq: null,
      trashed_log_at: null,
    })
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
   * Records that texts were edited, in two statements however many they are: it happens several times a
   * second while people type. A node that is gone is passed over. Gives those that are in the trash
   * themselves and were edited after they were put there.
   */
  async touchTexts(touches: readonly TextTouch[]): Promise<NodeId[]> {
    const rows = await this.lockAll(touches.map((touch) => touch.nodeId))
    const touched = touches.flatMap((touch) => {
      const row = rows.get(touch.nodeId)
      return row?.kind === 'text' ? [touchedRow(row, touch)] : []
    })
    if (touched.length === 0) return []
    await sql`
      UPDATE nodes SET updated_at = ${this.#clock.now()},
        updated_by = coalesce(touched.updated_by, nodes.updated_by),
        size_bytes = touched.size_bytes, bom = touched.bom, line_ending = touched.line_ending
      FROM unnest(
        ${touched.map(({ row }) => row.id)}::uuid[],
        ${touched.map(({ touch }) => touch.actorId)}::uuid[],
        ${touched.map(({ sizeBytes }) => sizeBytes)}::bigint[],
        ${touched.map(({ format }) => format.bom)}::boolean[],
        ${touched.map(({ format }) => format.lineEnding)}::text[]
      ) AS touched(id, updated_by, size_bytes, bom, line_ending)
      WHERE nodes.id = touched.id
    `.execute(this.tx)
    for (const { row, touch, sizeBytes } of touched) {
      const { position } = touch
      this.charges.add(row.space_id, (sizeBytes ?? 0) - textBytesOf(row))
      const payload = { parentId: row.parent_id, name: row.name, position, sizeBytes }
      this.note(row, 'file.updated', touch.actorId, payload)
    }
    return touched.flatMap(({ row, touch }) =>
      row.trashed_at !== null && touch.position.seq > (row.trashed_seq ?? 0) ? [row.id] : [],
    )
  }

  /** Changes a row without an event; `note` tells of it. */
  async update(row: NodeRow, changes: UpdateObject<Schema, 'nodes'>): Promise<NodeRow> {
    return this.tx
      .updateTable('nodes')
      .set(changes)
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  /** Puts a changed row into the change feed, and its event into the log. */
  note(
    row: NodeRow,
    type: DomainEvent['type'],
    actorId: UserId | null,
    payload: Readonly<Record<string, unknown>>,
  ): void {
    this.enterFeed(row)
    this.#events.push({
      type,
      spaceId: row.space_id,
      nodeId: row.id,
      actorId: actorId ?? undefined,
      payload,
    })
  }

  /** Puts a changed row into the change feed of its space. */
  enterFeed(row: NodeRow): void {
    const changed = this.#changed.get(row.space_id) ?? new Map<NodeId, NodeRow>()
    this.#changed.set(row.space_id, changed.set(row.id, row))
    this.#departed.get(row.space_id)?.delete(row.id)
  }

  /** Tells the change feed of a space that a node is there no more: moved away, or purged. */
  leaveFeed(spaceId: SpaceId, nodeId: NodeId): void {
    const departed = this.#departed.get(spaceId) ?? new Set<NodeId>()
    this.#departed.set(spaceId, departed.add(nodeId))
    this.#changed.get(spaceId)?.delete(nodeId)
  }

  /** An event of something that is no node, or of a node that is gone. */
  tell(event: DomainEvent): void {
    this.#events.push(event)
  }

  /**
   * Writes the events, gives what was changed the next sequence numbers of its space, also in the rows that
   * this writer has handed out, and counts what the space holds more or less. The last statements of the
   * transaction: nothing waits for anything while the spaces are locked. Throws `quota_exceeded` when
   * somebody else has taken the room that was there.
   */
  async finish(): Promise<void> {
    for (let from = 0; from < this.#events.length; from += maxEventsPerStatement)
      await appendEvents(this.tx, this.#events.slice(from, from + maxEventsPerStatement))
    // In one order everywhere, so that two transactions over the same spaces cannot wait in a circle.
    const spaceIds = new Set([
      ...this.#changed.keys(),
      ...this.#departed.keys(),
      ...this.charges.spaceIds,
    ])
    for (const spaceId of [...spaceIds].toSorted()) await this.#stamp(spaceId)
  }

  async #stamp(spaceId: SpaceId): Promise<void> {
    const changed = this.#changed.get(spaceId) ?? new Map<NodeId, NodeRow>()
    const departed = [...(this.#departed.get(spaceId) ?? [])]
    const count = changed.size + departed.length
    const { rows } = await sql<StampedRow>`
      WITH taken AS (
        UPDATE spaces SET seq = seq + ${count},
          used_bytes = used_bytes + ${this.charges.bytesOf(spaceId)}
        WHERE id = ${spaceId} RETURNING seq - ${count} AS seq, used_bytes, quota_bytes
      ), gone AS (
        INSERT INTO departures (space_id, node_id, rev)
        SELECT ${spaceId}, departed.id, taken.seq + ${changed.size} + departed.place
        FROM taken, unnest(${departed}::uuid[]) WITH ORDINALITY AS departed(id, place)
        ON CONFLICT (space_id, node_id) DO UPDATE SET rev = excluded.rev
      ), stamped AS (
        UPDATE nodes SET rev = taken.seq + changed.place
        FROM taken, unnest(${[...changed.keys()]}::uuid[]) WITH ORDINALITY AS changed(id, place)
        WHERE nodes.id = changed.id
        RETURNING nodes.id, nodes.rev
      )
      SELECT taken.used_bytes, taken.quota_bytes, stamped.id, stamped.rev
      FROM taken LEFT JOIN stamped ON true
    `.execute(this.tx)
    for (const { id, rev } of rows) {
      const row = id === null ? undefined : changed.get(id)
      if (row && rev !== null) row.rev = rev
    }
    const [space] = rows
    if (space)
      this.charges.settle(spaceId, { usedBytes: space.used_bytes, quotaBytes: space.quota_bytes })
  }

  #named(row: NodeRow, name: string): Updateable<NodesTable> {
    const mediaType = row.kind === 'text' ? textMediaType(name) : row.media_type
    return { name, name_key: nameKey(name), media_type: mediaType }
  }
}

/** Of seven parameters each; a statement takes 65,535. */
const maxEventsPerStatement = 5_000

interface StampedRow {
  readonly used_bytes: number
  readonly quota_bytes: number | null
  readonly id: NodeId | null
  readonly rev: number | null
}

interface TouchedText {
  readonly row: NodeRow
  readonly touch: TextTouch
  readonly format: TextFormat
  readonly sizeBytes: number | null
}

function touchedRow(row: NodeRow, touch: TextTouch): TouchedText {
  const format = touch.format ?? formatOf(row)
  const sizeBytes = touch.text === undefined ? row.size_bytes : encodedSize(touch.text, format)
  return { row, touch, format, sizeBytes }
}

function newRow(node: NewNode, now: Date): Insertable<NodesTable> {
  const { name, kind, actorId, format } = node
  return {
    id: node.id,
    space_id: node.spaceId,
    parent_id: node.parentId,
    name,
    name_key: nameKey(name),
    kind,
    ...(format ? { bom: format.bom, line_ending: format.lineEnding } : {}),
    size_bytes: node.sizeBytes ?? null,
    media_type: kind === 'text' ? textMediaType(name) : (node.mediaType ?? null),
    sha256: node.sha256 ?? null,
    rev: placeholderRev(),
    created_at: now,
    created_by: actorId,
    updated_at: now,
    updated_by: actorId,
  }
}

/** What a node itself holds: a text its words, everything else nothing beside its versions. */
function textBytesOf({ kind, size_bytes: sizeBytes }: NodeRow): number {
  return kind === 'text' ? (sizeBytes ?? 0) : 0
}

function nounOf({ kind }: NodeRow): 'folder' | 'file' {
  return kind === 'folder' ? 'folder' : 'file'
}

function contentColumns(content: FileContent, name: string) {
  const { kind, sizeBytes } = content
  const isText = kind === 'text'
  return {
    kind,
    size_bytes: sizeBytes,
    sha256: isText ? null : content.sha256,
    media_type: isText ? textMediaType(name) : content.mediaType,
    // A blob keeps what is said of the text that it was: late edits are written out like that.
    ...(isText ? { bom: content.format.bom, line_ending: content.format.lineEnding } : {}),
  }
}

/** Until `finish`: `rev` is unique in its space, and no committed row has a negative one. */
function placeholderRev(): number {
  return -randomInt(1, 2 ** 47)
}
