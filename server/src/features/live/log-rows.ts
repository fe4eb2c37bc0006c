import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import { withNext } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { StoredBytes } from './document-seals.ts'

/** A row to be logged. */
export interface NewLogRow {
  readonly documentId: NodeId
  readonly seq: number
  readonly authorId: UserId | null
  readonly payload: StoredBytes
}

/** The columns of new rows; the payloads as one byte string that is cut in the database, as those of `UpdateLog`. */
function columnsOf(rows: readonly NewLogRow[]) {
  let end = 0
  const starts = rows.map(({ payload }) => (end += payload.bytes.length) - payload.bytes.length + 1)
  return sql`SELECT r.document_id, r.seq, r.author_id,
      substring(${Buffer.concat(rows.map(({ payload }) => payload.bytes))}::bytea FROM r.start FOR r.length), r.key_id
    FROM unnest(
      ${rows.map(({ documentId }) => documentId)}::uuid[], ${rows.map(({ seq }) => seq)}::bigint[],
      ${rows.map(({ authorId }) => authorId)}::uuid[], ${starts}::int[],
      ${rows.map(({ payload }) => payload.bytes.length)}::int[],
      ${rows.map(({ payload }) => payload.keyId)}::int[]
    ) AS r (document_id, seq, author_id, start, length, key_id)`
}

/** Makes documents, with the rows that they begin with, and the client ids that these were made under. */
export async function insertDocuments(
  tx: Kysely<Schema>,
  ids: readonly NodeId[],
  first: readonly (NewLogRow & { readonly clientId: number })[] = [],
): Promise<void> {
  const seqs = new Map(first.map(({ documentId, seq }) => [documentId, seq]))
  await sql`${withNext} INSERT INTO documents (id, seq)
    SELECT * FROM unnest(${ids}::uuid[], ${ids.map((id) => seqs.get(id) ?? 0)}::bigint[])`.execute(
    tx,
  )
  if (first.length === 0) return
  await sql`${withNext} INSERT INTO update_log (document_id, seq, author_id, payload, key_id)
    ${columnsOf(first)}`.execute(tx)
  await sql`${withNext} INSERT INTO client_claims (document_id, client_id, owner)
    SELECT document_id, client_id, 'server' FROM unnest(
      ${first.map(({ documentId }) => documentId)}::uuid[], ${first.map(({ clientId }) => clientId)}::bigint[]
    ) AS claimed (document_id, client_id)`.execute(tx)
}

/** Logs rows behind those that their documents have; these are locked. */
export async function appendRows(tx: Kysely<Schema>, rows: readonly NewLogRow[]): Promise<void> {
  const last = new Map(rows.map(({ documentId, seq }) => [documentId, seq]))
  await sql`${withNext} WITH moved AS (
      UPDATE documents SET seq = last.seq
      FROM unnest(${[...last.keys()]}::uuid[], ${[...last.values()]}::bigint[]) AS last (id, seq)
      WHERE documents.id = last.id
    )
    INSERT INTO update_log (document_id, seq, author_id, payload, key_id) ${columnsOf(rows)}`.execute(
    tx,
  )
}
