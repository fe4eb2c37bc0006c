import type { NodeId, SessionId, SpaceId, UserId, VersionReason } from '@cloudsync/protocol'
import type { ColumnType, Generated } from 'kysely'
import type { Bytes, CreatedAt, Timestamp } from './column-types.ts'

export interface VersionsTable {
  node_id: NodeId
  /** Of the node; null where a server before migration 10 wrote it. */
  space_id: ColumnType<SpaceId | null, SpaceId, SpaceId>
  number: number
  name: string | null
  reason: VersionReason
  sha256: Bytes
  size_bytes: number
  epoch: number | null
  seq: number | null
  author_id: UserId | null
  contributor_ids: Generated<UserId[]>
  created_at: CreatedAt
}

export interface VersionDuesTable {
  node_id: NodeId
  first_edit_at: Timestamp
  due_at: Timestamp
}

export interface VersionPrunesTable {
  node_id: NodeId
  due_at: Timestamp
}

export interface ServedContentsTable {
  session_id: SessionId
  node_id: NodeId
  epoch: number
  seq: number
  served_at: Generated<Date>
}

/** What contents files had, and who has seen which. */
export interface VersionTables {
  versions: VersionsTable
  version_dues: VersionDuesTable
  version_prunes: VersionPrunesTable
  served_contents: ServedContentsTable
}
