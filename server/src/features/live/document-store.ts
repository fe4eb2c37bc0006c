import { randomInt } from 'node:crypto'
import { createTextState, readText } from '@cloudsync/crdt'
import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type Transaction } from 'kysely'
import type * as Y from 'yjs'
import type { Schema } from '#platform/db/schema.ts'
import { packCheckpoint, unpackCheckpoint } from './checkpoint.ts'
import { compress, inflate } from './compression.ts'
import { buildDocument } from './document-loading.ts'
import {
  openBytes,
  type DocumentSeals,
  type StoredBytes,
  type StoredKind,
} from './document-seals.ts'
import {
  decodeSegmentRows,
  encodeSegmentRows,
  type LogRow,
  type SealedDocument,
  type SealedRow,
  type StoredDocument,
} from './history-segment.ts'
import type { LogPosition, NewText, TextAt } from './live-documents.ts'
import { openRows } from './open-rows.ts'

/** Reads and makes what is stored of a document: checkpoint, log rows, history segments. */
export class DocumentStore {
  readonly #db: Kysely<Schema>
  readonly #seals: DocumentSeals

  constructor(db: Kysely<Schema>, seals: DocumentSeals) {
    this.#db = db
    this.#seals = seals
  }

  /**
   * Makes text documents with their first states, in the transaction of their nodes. The client id of such
   * a state follows from the node, so that the same import done twice is one.
   */
  async createTexts(tx: Transaction<Schema>, texts: readonly NewText[], authorId: UserId | null) {
    if (texts.length === 0) return
    const documents = texts.map(({ nodeId, text }) => ({ id: nodeId, seq: text === '' ? 0 : 1 }))
    await tx.insertInto('documents').values(documents).execute()
    const written = texts.filter(({ text }) => text !== '')
    if (written.length === 0) return
    const rows = written.map(({ nodeId, text }) => {
      const state = createTextState(text, importClientId(nodeId))
      const { bytes, keyId } = this.#seals.seal(nodeId, 'update', state)
      return { document_id: nodeId, seq: 1, author_id: authorId, payload: bytes, key_id: keyId }
    })
    await tx.insertInto('update_log').values(rows).execute()
    const claims = written.map(({ nodeId }) => ({
      document_id: nodeId,
      client_id: importClientId(nodeId),
      owner: 'server',
    }))
    await tx.insertInto('client_claims').values(claims).execute()
  }

  /**
   * Ends the epoch of a text: what is appended to it from now on is refused. All of its log becomes
   * history, and the client ids that wrote it write nothing more. Gives the text at its end.
   */
  async sealText(tx: Transaction<Schema>, nodeId: NodeId): Promise<TextAt> {
    // Not beside a compaction, which looks at the epoch once and then moves rows.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${nodeId}, 1))`.execute(tx)
    await sql`SELECT FROM documents WHERE id = ${nodeId} FOR NO KEY UPDATE`.execute(tx)
    const sealed = await new DocumentStore(tx, this.#seals).findSealed(nodeId)
    if (!sealed) throw new Error(`There is no text ${nodeId} to seal`)
    const stored = await this.#open(sealed)
    const doc = await buildDocument(stored.checkpoint, stored.rows)
    const text = readText(doc)
    doc.destroy()
    await this.#foldIntoHistory(tx, sealed, stored.rows)
    await tx
      .updateTable('documents')
      .set({ epoch: stored.epoch + 1 })
      .where('id', '=', nodeId)
      .execute()
    await tx
      .updateTable('client_claims')
      .set({ owner: 'sealed' })
      .where('document_id', '=', nodeId)
      .execute()
    return { text, position: { epoch: stored.epoch, seq: stored.seq } }
  }

  /** Begins a text anew, in an epoch of its own, by a checkpoint; numbers go on where they were. */
  async reviveText(tx: Transaction<Schema>, nodeId: NodeId, text: string): Promise<LogPosition> {
    const { rows } = await sql<LogPosition>`
      INSERT INTO documents (id, epoch, seq) VALUES (${nodeId}, 1, 1)
      ON CONFLICT (id) DO UPDATE SET epoch = documents.epoch + 1, seq = documents.seq + 1
      RETURNING epoch, seq::float8 AS seq`.execute(tx)
    const position = rows[0] as LogPosition
    const clientId = await claimFreshId(tx, nodeId)
    const state = createTextState(text, clientId)
    const checkpoint = this.#seals.seal(nodeId, 'checkpoint', await packCheckpoint(state))
    await tx
      .insertInto('checkpoints')
      .values({
        document_id: nodeId,
        ...position,
        state: checkpoint.bytes,
        key_id: checkpoint.keyId,
        state_bytes: state.length,
        struct_count: text === '' ? 0 : 1,
      })
      .execute()
    return position
  }

  /**
   * The checkpoint and the rows after it, as of one moment; `undefined` when there is no such document,
   * or its text was sealed.
   * `maxRows` leaves out the later ones of a long tail. Throws `SealBrokenError` when some of it is damaged.
   */
  async find(documentId: NodeId, maxRows?: number): Promise<StoredDocument | undefined> {
    const sealed = await this.findSealed(documentId, maxRows)
    return sealed && this.#open(sealed)
  }

  /** As `find`, as it is stored: to open a long tail is the work of another thread. */
  async findSealed(documentId: NodeId, maxRows?: number): Promise<SealedDocument | undefined> {
    // One statement sees one snapshot, so no compaction can come between checkpoint and rows. The
    // checkpoint stands in a row of its own: beside each row of the log it would be sent as often.
    const { rows } = await sql<StoredRow>`
      SELECT d.epoch, d.seq::float8 AS seq, c.state, c.seq::float8 AS checkpoint_seq, c.key_id,
        c.state_bytes::float8 AS state_bytes, NULL::float8 AS row_seq, NULL::uuid AS author_id,
        NULL::timestamptz AS created_at, NULL::bytea AS payload
      FROM documents d LEFT JOIN checkpoints c ON c.document_id = d.id AND c.epoch = d.epoch
      WHERE d.id = ${documentId}
        AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = d.id AND n.kind = 'blob')
      UNION ALL
      (SELECT NULL, NULL, NULL, NULL, l.key_id, NULL, l.seq::float8, l.author_id, l.created_at, l.payload
      FROM update_log l WHERE l.document_id = ${documentId}
      ORDER BY l.seq LIMIT ${maxRows ?? null})
      ORDER BY row_seq NULLS FIRST`.execute(this.#db)
    const [head, ...tail] = rows
    if (!head || head.epoch === null || head.seq === null) return undefined
    const stored = {
      documentId,
      epoch: head.epoch,
      seq: head.seq,
      checkpoint: head.state ? { bytes: head.state, keyId: head.key_id } : undefined,
      checkpointSeq: head.checkpoint_seq ?? 0,
      checkpointBytes: head.state_bytes ?? 0,
      rows: tail.flatMap(presentLogRow),
    }
    assertDense(stored, maxRows)
    return stored
  }

  /** What was logged after a position: its rows, or all that is stored when they are folded by now. */
  async findNews(documentId: NodeId, after: LogPosition): Promise<DocumentNews> {
    const { rows } = await sql<NewsRow>`
      SELECT d.epoch, d.seq::float8 AS seq, l.seq::float8 AS row, l.payload, l.key_id FROM documents d
      LEFT JOIN update_log l ON l.document_id = d.id AND l.seq > ${after.seq}
      WHERE d.id = ${documentId} ORDER BY l.seq`.execute(this.#db)
    const [head] = rows
    if (head?.epoch === after.epoch && head.seq <= after.seq) return { kind: 'none' }
    const isWhole = rows.every(({ row }, index) => row === after.seq + 1 + index)
    if (head?.epoch === after.epoch && isWhole) {
      const sealed = rows.map((row) => ({ payload: { bytes: row.payload, keyId: row.key_id } }))
      const opened = await openRows(this.#seals, documentId, sealed)
      return {
        kind: 'rows',
        position: { epoch: head.epoch, seq: head.seq },
        payloads: opened.map(({ payload }) => payload),
      }
    }
    const stored = await this.find(documentId)
    if (!stored) throw new Error(`There is no document ${documentId} any more`)
    const state = stored.checkpoint && (await unpackCheckpoint(stored.checkpoint))
    return { kind: 'stored', stored, state }
  }

  /** Log rows in `(after, upTo]`, in order; what another writer has appended. */
  async listRows(documentId: NodeId, after: number, upTo: number): Promise<LogRow[]> {
    const rows = await this.#db
      .selectFrom('update_log')
      .select(['seq', 'author_id', 'created_at', 'payload', 'key_id'])
      .where('document_id', '=', documentId)
      .where('seq', '>', after)
      .where('seq', '<=', upTo)
      .orderBy('seq')
      .execute()
    const sealed = rows.map((row) => ({
      seq: row.seq,
      authorId: row.author_id,
      createdAt: row.created_at,
      payload: { bytes: row.payload, keyId: row.key_id },
    }))
    return openRows(this.#seals, documentId, sealed)
  }

  /** Where the logs of documents stand; those that are gone are missing. */
  async findPositions(documentIds: readonly NodeId[]): Promise<Map<NodeId, LogPosition>> {
    const { rows } = await sql<LogPosition & { id: NodeId }>`
      SELECT id, epoch, seq::float8 AS seq FROM documents
      WHERE id = ANY(${documentIds}::uuid[])`.execute(this.#db)
    return new Map(rows.map(({ id, epoch, seq }) => [id, { epoch, seq }]))
  }

  /**
   * The document as it stood at a position, rebuilt from history, or `undefined` when that has been
   * shed. The caller destroys it.
   */
  async findAt(documentId: NodeId, position: LogPosition): Promise<Y.Doc | undefined> {
    const stored = await this.find(documentId)
    if (!stored || stored.epoch !== position.epoch || position.seq > stored.seq) return undefined
    if (position.seq >= stored.checkpointSeq)
      return buildDocument(
        stored.checkpoint,
        stored.rows.filter((row) => row.seq <= position.seq),
      )
    const history = await this.#findHistory(documentId, position)
    return history && buildDocument(history.base, history.rows)
  }

  /** Everybody who wrote a row after `seq`, in the order of their first one. */
  async listAuthorsSince(documentId: NodeId, seq: number): Promise<UserId[]> {
    const segments = await this.#db
      .selectFrom('history_segments')
      .select(['rows', 'key_id'])
      .where('document_id', '=', documentId)
      .where('to_seq', '>', seq)
      .orderBy('from_seq')
      .execute()
    const tail = await this.#db
      .selectFrom('update_log')
      .select(['author_id', sql<number>`min(seq)`.as('first')])
      .where('document_id', '=', documentId)
      .where('seq', '>', seq)
      .groupBy('author_id')
      .orderBy('first')
      .execute()
    const authors = new Set<UserId>()
    for (const segment of segments) {
      for (const row of await this.#openSegment(documentId, segment))
        if (row.seq > seq && row.authorId !== null) authors.add(row.authorId)
    }
    for (const row of tail) if (row.author_id !== null) authors.add(row.author_id)
    return [...authors]
  }

  /** The nearest stored base at or before a position, and the rows from there up to it. */
  async #findHistory(documentId: NodeId, position: LogPosition) {
    const segments = await sql<SegmentRow>`
      SELECT from_seq::float8 AS from_seq, base, base_key_id, rows, key_id FROM history_segments
      WHERE document_id = ${documentId} AND epoch = ${position.epoch} AND from_seq <= ${position.seq + 1}
        AND from_seq >= (
          SELECT max(from_seq) FROM history_segments
          WHERE document_id = ${documentId} AND epoch = ${position.epoch}
            AND from_seq <= ${position.seq + 1} AND (base IS NOT NULL OR from_seq = 1))
      ORDER BY from_seq`.execute(this.#db)
    // The base of a segment is the state before its first row, which may be the one that is asked for.
    const first = segments.rows[0]
    if (!first && position.seq > 0) return undefined
    const rows: LogRow[] = []
    for (const segment of segments.rows)
      for (const row of await this.#openSegment(documentId, segment))
        if (row.seq <= position.seq) rows.push(row)
    const end = rows.at(-1)?.seq ?? (first?.from_seq ?? 1) - 1
    if (end !== position.seq) return undefined
    const base = first?.base ? { bytes: first.base, keyId: first.base_key_id } : undefined
    return { base: base && (await this.#openOne(documentId, 'checkpoint', base)), rows }
  }

  async #open(sealed: SealedDocument): Promise<StoredDocument> {
    const { documentId, checkpoint, rows } = sealed
    return {
      ...sealed,
      checkpoint: checkpoint && (await this.#openOne(documentId, 'checkpoint', checkpoint)),
      rows: await openRows(this.#seals, documentId, rows),
    }
  }

  async #openSegment(
    documentId: NodeId,
    { rows, key_id: keyId }: Pick<SegmentRow, 'rows' | 'key_id'>,
  ): Promise<LogRow[]> {
    const compressed = await this.#openOne(documentId, 'segment', { bytes: rows, keyId })
    return decodeSegmentRows(await inflate(compressed))
  }

  async #openOne(documentId: NodeId, kind: StoredKind, stored: StoredBytes): Promise<Uint8Array> {
    return openBytes(await this.#seals.keysOf(documentId, [stored]), kind, stored)
  }

  /** Moves all that is stored of a text to its history. */
  async #foldIntoHistory(
    tx: Transaction<Schema>,
    { documentId, epoch, checkpoint }: SealedDocument,
    rows: readonly LogRow[],
  ): Promise<void> {
    const first = rows[0]
    const last = rows.at(-1)
    if (first && last) {
      const compressed = await compress(encodeSegmentRows(rows))
      const segment = this.#seals.seal(documentId, 'segment', compressed)
      await tx
        .insertInto('history_segments')
        .values({
          document_id: documentId,
          from_seq: first.seq,
          to_seq: last.seq,
          epoch,
          rows: segment.bytes,
          key_id: segment.keyId,
          base: checkpoint?.bytes ?? null,
          base_key_id: checkpoint?.keyId ?? null,
          started_at: first.createdAt,
          ended_at: last.createdAt,
        })
        .execute()
    }
    await tx.deleteFrom('update_log').where('document_id', '=', documentId).execute()
    await tx.deleteFrom('checkpoints').where('document_id', '=', documentId).execute()
  }
}

export type DocumentNews =
  | { readonly kind: 'none' }
  /** All rows after the position asked for, up to `position`. */
  | {
      readonly kind: 'rows'
      readonly position: LogPosition
      readonly payloads: readonly Uint8Array[]
    }
  | {
      readonly kind: 'stored'
      readonly stored: StoredDocument
      readonly state: Uint8Array | undefined
    }

interface NewsRow {
  readonly epoch: number
  readonly seq: number
  readonly row: number | null
  readonly payload: Buffer
  readonly key_id: number | null
}

interface SegmentRow {
  readonly from_seq: number
  readonly base: Buffer | null
  readonly base_key_id: number | null
  readonly rows: Buffer
  readonly key_id: number | null
}

interface StoredRow {
  readonly key_id: number | null
  readonly epoch: number | null
  readonly seq: number | null
  readonly state: Buffer | null
  readonly checkpoint_seq: number | null
  readonly state_bytes: number | null
  readonly row_seq: number | null
  readonly author_id: UserId | null
  readonly created_at: Date | null
  readonly payload: Buffer | null
}

function presentLogRow(row: StoredRow): SealedRow[] {
  if (row.row_seq === null || row.created_at === null || row.payload === null) return []
  return [
    {
      seq: row.row_seq,
      authorId: row.author_id,
      createdAt: row.created_at,
      payload: { bytes: row.payload, keyId: row.key_id },
    },
  ]
}

/** A log with a hole must never be opened: what is missing would look like something to add again. */
function assertDense(stored: SealedDocument, maxRows: number | undefined): void {
  let expected = stored.checkpointSeq
  for (const row of stored.rows) {
    expected += 1
    if (row.seq !== expected)
      throw new Error(`The log of ${stored.documentId} lacks row ${expected}; found ${row.seq}`)
  }
  if (expected !== stored.seq && stored.rows.length !== maxRows)
    throw new Error(`The log of ${stored.documentId} ends at ${expected} instead of ${stored.seq}`)
}

/** A client id that no edit of the document was ever made under. */
async function claimFreshId(tx: Transaction<Schema>, nodeId: NodeId): Promise<number> {
  for (;;) {
    const id = randomInt(2 ** 32)
    const inserted = await tx
      .insertInto('client_claims')
      .values({ document_id: nodeId, client_id: id, owner: 'server' })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows === 1n) return id
  }
}

/** 32 bits of the node's id; every import of a node's first text uses the same. */
function importClientId(nodeId: NodeId): number {
  return Number.parseInt(nodeId.slice(-8), 16)
}
