import { randomInt } from 'node:crypto'
import { createTextState, readText } from '@cloudsync/crdt'
import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { packCheckpoint } from './checkpoint.ts'
import { compress } from './compression.ts'
import { buildDocument } from './document-loading.ts'
import type { DocumentSeals } from './document-seals.ts'
import { DocumentStore } from './document-store.ts'
import { encodeSegmentRows, type LogRow, type SealedDocument } from './history-segment.ts'
import type { LogPosition, NewText, SealedText } from './live-documents.ts'
import { insertDocuments } from './log-rows.ts'

/**
 * Begins and ends texts. A file that ceases to be a text ends the epoch of its log, and one that becomes
 * a text again begins another.
 */
export class TextEpochs {
  readonly #seals: DocumentSeals

  constructor(seals: DocumentSeals) {
    this.#seals = seals
  }

  /**
   * Makes text documents with their first states, in the transaction of their nodes. The client id of such
   * a state follows from the node, so that the same import done twice is one.
   */
  async create(tx: Transaction<Schema>, texts: readonly NewText[], authorId: UserId | null) {
    if (texts.length === 0) return
    const ids = texts.map(({ nodeId }) => nodeId)
    const written = texts.filter(({ text }) => text !== '')
    const first = written.map(({ nodeId, text }) => {
      const clientId = importClientId(nodeId)
      const payload = this.#seals.seal(nodeId, 'update', createTextState(text, clientId))
      return { documentId: nodeId, seq: 1, authorId, payload, clientId }
    })
    await insertDocuments(tx, ids, first)
  }

  /**
   * Ends the epoch of a text: what is appended to it from now on is refused. All of its log becomes
   * history, and the client ids that wrote it write nothing more. Gives the text at its end.
   */
  async end(tx: Transaction<Schema>, nodeId: NodeId): Promise<SealedText> {
    // Not beside a compaction, which looks at the epoch once and then moves rows.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${nodeId}, 1))`.execute(tx)
    await sql`SELECT FROM documents WHERE id = ${nodeId} FOR NO KEY UPDATE`.execute(tx)
    const store = new DocumentStore(tx, this.#seals)
    const sealed = await store.findSealed(nodeId)
    if (!sealed) throw new Error(`There is no text ${nodeId} to end`)
    const stored = await store.open(sealed)
    const doc = await buildDocument(stored.checkpoint, stored.rows)
    const text = readText(doc)
    doc.destroy()
    const historyBytes = await this.#foldIntoHistory(tx, sealed, stored.rows)
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
    return { text, position: { epoch: stored.epoch, seq: stored.seq }, historyBytes }
  }

  /** Begins a text anew, in an epoch of its own, by a checkpoint; numbers go on where they were. */
  async revive(tx: Transaction<Schema>, nodeId: NodeId, text: string): Promise<LogPosition> {
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

  /** Moves all that is stored of a text to its history; gives by how much that has grown. */
  async #foldIntoHistory(
    tx: Transaction<Schema>,
    { documentId, epoch, checkpoint }: SealedDocument,
    rows: readonly LogRow[],
  ): Promise<number> {
    let historyBytes = 0
    const first = rows[0]
    const last = rows.at(-1)
    if (first && last) {
      const compressed = await compress(encodeSegmentRows(rows))
      const segment = this.#seals.seal(documentId, 'segment', compressed)
      historyBytes = segment.bytes.length + (checkpoint?.bytes.length ?? 0)
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
    return historyBytes
  }
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
