import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type * as Y from 'yjs'
import type { Schema } from '#platform/db/schema.ts'
import { inflate } from './compression.ts'
import { buildDocument } from './document-loading.ts'
import type { DocumentSeals } from './document-seals.ts'
import { DocumentStore } from './document-store.ts'
import { decodeSegmentRows, type LogRow } from './history-segment.ts'
import type { LogPosition } from './live-documents.ts'

/** Reads what documents were: the segments that their folded log rows lie in, and the log. */
export class DocumentHistory {
  readonly #db: Kysely<Schema>
  readonly #seals: DocumentSeals
  readonly #store: DocumentStore

  constructor(db: Kysely<Schema>, seals: DocumentSeals) {
    this.#db = db
    this.#seals = seals
    this.#store = new DocumentStore(db, seals)
  }

  /**
   * The document as it stood at a position, rebuilt from history, or `undefined` when that has been
   * shed. The caller destroys it.
   */
  async findAt(documentId: NodeId, position: LogPosition): Promise<Y.Doc | undefined> {
    const stored = await this.#store.find(documentId)
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
    return { base: base && (await this.#seals.open(documentId, 'checkpoint', base)), rows }
  }

  async #openSegment(
    documentId: NodeId,
    { rows, key_id: keyId }: Pick<SegmentRow, 'rows' | 'key_id'>,
  ): Promise<LogRow[]> {
    const compressed = await this.#seals.open(documentId, 'segment', { bytes: rows, keyId })
    return decodeSegmentRows(await inflate(compressed))
  }
}

interface SegmentRow {
  readonly from_seq: number
  readonly base: Buffer | null
  readonly base_key_id: number | null
  readonly rows: Buffer
  readonly key_id: number | null
}
