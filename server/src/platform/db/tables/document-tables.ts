import type { NodeId, UserId } from '@cloudsync/protocol'
import type { ColumnType, Generated } from 'kysely'
import type { Bytes, CreatedAt, KeyId, Timestamp } from './column-types.ts'

export interface DocumentsTable {
  id: NodeId
  epoch: Generated<number>
  seq: Generated<number>
}

export interface UpdateLogTable {
  document_id: NodeId
  seq: number
  author_id: UserId | null
  created_at: CreatedAt
  payload: Bytes
  key_id: KeyId
}

export interface CheckpointsTable {
  document_id: NodeId
  epoch: number
  seq: number
  state: Bytes
  state_bytes: number
  struct_count: number
  created_at: Generated<Date>
  key_id: KeyId
}

export interface HistorySegmentsTable {
  document_id: NodeId
  from_seq: number
  to_seq: number
  epoch: number
  rows: Bytes
  base: ColumnType<Buffer | null, Uint8Array | null, never>
  started_at: Timestamp
  ended_at: Timestamp
  key_id: KeyId
  base_key_id: KeyId
}

export interface ClientClaimsTable {
  document_id: NodeId
  client_id: number
  owner: string
  created_at: CreatedAt
}

export interface QuarantineTable {
  id: Generated<number>
  document_id: NodeId
  submitted_by: string
  reason: string
  client_ids: Generated<number[]>
  payload: Bytes
  created_at: CreatedAt
  key_id: KeyId
}

/** What is stored of documents. */
export interface DocumentTables {
  documents: DocumentsTable
  update_log: UpdateLogTable
  checkpoints: CheckpointsTable
  history_segments: HistorySegmentsTable
  client_claims: ClientClaimsTable
  quarantine: QuarantineTable
}
