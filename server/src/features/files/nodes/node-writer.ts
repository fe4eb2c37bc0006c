import { randomInt } from 'node:crypto'
import type { TextFormat } from '@cloudsync/crdt'
import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Transaction, type Updateable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { NodesTable, Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent, appendEvents, type DomainEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { textMediaType } from '../content/media-type.ts'
import { encodedSize, formatOf } from '../content/text-format.ts'
import { nameKey } from './node-name.ts'
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

export interface NewFileNode {
  readonly id: NodeId
  readonly spaceId: SpaceId
  readonly parentId: NodeId
  readonly name: string
  readonly content: FileContent
  readonly actorId: UserId
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
    await writer.stamp()
  })
  return result
}

/** Writes the rows of nodes, with the event of each change. Lives as long as its transaction. */
export class NodeWriter {
  readonly tx: Transaction<Schema>
  readonly #clock: Clock
  /** The rows as they are now, by space. */
  readonly #changed = new Map<SpaceId, Map<NodeId, NodeRow>>()

  constructor(tx: Transaction<Schema>, clock: Clock) {
    this.tx = tx
    this.#clock = clock
  }

  /** The node as it is, and stays until the commit. Throws `not_found`. */
  async lock(id: NodeId): Promise<NodeRow> {
    const row = await this.tx
      .selectFrom('nodes')
      .selectAll()
      .where('id', '=', id)
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (!row) throw new ProblemError('not_found')
    return row
  }

  /** Throws the unique violations of `nodes_pkey` and `nodes_live_name`. */
  async insertFile(node: NewFileNode): Promise<NodeRow> {
    const now = this.#clock.now()
    const row = await this.tx
      .insertInto('nodes')
      .values({
        id: node.id,
        space_id: node.spaceId,
        parent_id: node.parentId,
        name: node.name,
        name_key: nameKey(node.name),
        ...contentColumns(node.content, node.name),
        rev: placeholderRev(),
        created_at: now,
        created_by: node.actorId,
        updated_at: now,
        updated_by: node.actorId,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const { parentId, name, content } = node
    const { kind, sizeBytes } = content
    await this.#append('file.created', row, node.actorId, { parentId, name, kind, sizeBytes })
    return row
  }

  /** Makes other bytes the content of a file, which may be of the other kind then. */
  async setContent(row: NodeRow, content: FileContent, actorId: UserId): Promise<NodeRow> {
    const replaced = await this.#update(row, {
      ...contentColumns(content, row.name),
      updated_at: this.#clock.now(),
      updated_by: actorId,
    })
    const { parent_id: parentId, name } = replaced
    const { kind, sizeBytes } = content
    await this.#append('file.updated', replaced, actorId, { parentId, name, kind, sizeBytes })
    return replaced
  }

  /** Counts conflicts of a node that wait for a person; whoever lists it sees that there are some. */
  async countConflicts(row: NodeRow, difference: 1 | -1): Promise<NodeRow> {
    const counted = await this.#update(row, { open_conflicts: row.open_conflicts + difference })
    this.#noteChanged(counted)
    return counted
  }

  /** Throws the unique violation of `nodes_live_name`. */
  async rename(row: NodeRow, name: string, actorId: UserId): Promise<NodeRow> {
    const renamed = await this.#update(row, {
      name,
      name_key: nameKey(name),
      media_type: row.kind === 'text' ? textMediaType(name) : row.media_type,
      updated_at: this.#clock.now(),
      updated_by: actorId,
    })
    await this.#append('file.renamed', renamed, actorId, {
      parentId: row.parent_id,
      oldName: row.name,
      name,
    })
    return renamed
  }

  async trash(row: NodeRow, actorId: UserId): Promise<NodeRow> {
    const trashed = await this.#update(row, {
      trashed_at: this.#clock.now(),
      trashed_by: actorId,
      trash_batch_id: uuidv7(),
    })
    await this.#append('file.trashed', trashed, actorId, {
      parentId: row.parent_id,
      name: row.name,
    })
    return trashed
  }

  /** Brings a node back under `name`. Throws the unique violation of `nodes_live_name`. */
  async restore(row: NodeRow, name: string, actorId: UserId): Promise<NodeRow> {
    const restored = await this.#update(row, {
      name,
      name_key: nameKey(name),
      trashed_at: null,
      trashed_by: null,
      trash_batch_id: null,
    })
    await this.#append('file.restored', restored, actorId, {
      parentId: row.parent_id,
      oldName: row.name,
      name,
    })
    return restored
  }

  /**
   * Records that texts were edited, in two statements however many they are: it happens several times a
   * second while people type. A node that is gone is passed over.
   */
  async touchTexts(touches: readonly TextTouch[]): Promise<void> {
    const rows = await this.#lockForTouch(touches)
    const touched = touches.flatMap((touch) => {
      const row = rows.get(touch.nodeId)
      return row ? [touchedRow(row, touch)] : []
    })
    if (touched.length === 0) return
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
    await appendEvents(
      this.tx,
      touched.map(({ row, touch, sizeBytes }) => {
        this.#noteChanged(row)
        return {
          type: 'file.updated',
          spaceId: row.space_id,
          nodeId: row.id,
          actorId: touch.actorId ?? undefined,
          payload: { parentId: row.parent_id, name: row.name, position: touch.position, sizeBytes },
        }
      }),
    )
  }

  /**
   * Gives what was changed the next sequence numbers of its space, also in the rows that this writer
   * has handed out. The last statement of the transaction: nothing waits for anything while the space
   * is locked.
   */
  async stamp(): Promise<void> {
    // In one order everywhere, so that two transactions over the same spaces cannot wait in a circle.
    const spaces = [...this.#changed].toSorted(([a], [b]) => (a < b ? -1 : 1))
    for (const [spaceId, changed] of spaces) {
      const ids = [...changed.keys()]
      const { rows } = await sql<{ id: NodeId; rev: number }>`
        WITH taken AS (
          UPDATE spaces SET seq = seq + ${ids.length} WHERE id = ${spaceId} RETURNING seq
        )
        UPDATE nodes SET rev = taken.seq - ${ids.length} + changed.place
        FROM taken, unnest(${ids}::uuid[]) WITH ORDINALITY AS changed(id, place)
        WHERE nodes.id = changed.id
        RETURNING nodes.id, nodes.rev
      `.execute(this.tx)
      for (const { id, rev } of rows) {
        const row = changed.get(id)
        if (row) row.rev = rev
      }
    }
  }

  /** Locks in one order, since several texts are touched at once by several servers. */
  async #lockForTouch(touches: readonly TextTouch[]): Promise<Map<NodeId, NodeRow>> {
    const ids = touches.map((touch) => touch.nodeId)
    const rows = await this.tx
      .selectFrom('nodes')
      .selectAll()
      .where('id', 'in', ids)
      .where('kind', '=', 'text')
      .orderBy('id')
      .forNoKeyUpdate()
      .execute()
    return new Map(rows.map((row) => [row.id, row]))
  }

  async #update(row: NodeRow, changes: Updateable<NodesTable>): Promise<NodeRow> {
    return this.tx
      .updateTable('nodes')
      .set(changes)
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  async #append(
    type: DomainEvent['type'],
    row: NodeRow,
    actorId: UserId | null,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    this.#noteChanged(row)
    await appendEvent(this.tx, {
      type,
      spaceId: row.space_id,
      nodeId: row.id,
      actorId: actorId ?? undefined,
      payload,
    })
  }

  #noteChanged(row: NodeRow): void {
    const changed = this.#changed.get(row.space_id) ?? new Map<NodeId, NodeRow>()
    this.#changed.set(row.space_id, changed.set(row.id, row))
  }
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

/** Until `stamp`: `rev` is unique in its space, and no committed row has a negative one. */
function placeholderRev(): number {
  return -randomInt(1, 2 ** 47)
}
