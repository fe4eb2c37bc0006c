import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { unpackCheckpoint } from './checkpoint.ts'
import type { DocumentSeals } from './document-seals.ts'
import type { LogRow, SealedDocument, SealedRow, StoredDocument } from './history-segment.ts'
import type { LogPosition } from './live-documents.ts'
import { openRows } from './open-rows.ts'

/** Reads what is stored of documents as they are: the checkpoint, and the log rows after it. */
export class DocumentStore {
  readonly #db: Kysely<Schema>
  readonly #seals: DocumentSeals

  constructor(db: Kysely<Schema>, seals: DocumentSeals) {
    this.#db = db
    this.#seals = seals
  }

  /**
   * The checkpoint and the rows after it, as of one moment; `undefined` when there is no such document,
   * or its text was sealed.
   * `maxRows` leaves out the later ones of a long tail. Throws `SealBrokenError` when some of it is damaged.
   */
  async find(documentId: NodeId, maxRows?: number): Promise<StoredDocument | undefined> {
    const sealed = await this.findSealed(documentId, maxRows)
    return sealed && this.open(sealed)
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

  /** Throws `SealBrokenError` when some of it is damaged. */
  async open(sealed: SealedDocument): Promise<StoredDocument> {
    const { documentId, checkpoint, rows } = sealed
    return {
      ...sealed,
      checkpoint: checkpoint && (await this.#seals.open(documentId, 'checkpoint', checkpoint)),
      rows: await openRows(this.#seals, documentId, rows),
    }
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
