import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Generated, JSONColumnType } from 'kysely'
import type { Bytes, CreatedAt } from './column-types.ts'

export interface ServersTable {
  id: string
  started_at: Generated<Date>
  seen_at: Generated<Date>
}

export interface DataKeysTable {
  id: Generated<number>
  wrapped: Bytes
  master_fingerprint: string
  is_current: Generated<boolean>
  created_at: CreatedAt
}

export interface EventsTable {
  id: string
  type: string
  space_id: SpaceId | null
  node_id: NodeId | null
  actor_id: UserId | null
  payload: JSONColumnType<Record<string, unknown>>
  created_at: CreatedAt
}

export interface IdempotencyKeysTable {
  user_id: UserId
  key: string
  fingerprint: Bytes
  outcome: JSONColumnType<Record<string, unknown>>
  created_at: CreatedAt
}

/** What the installation itself keeps. */
export interface InstallationTables {
  servers: ServersTable
  data_keys: DataKeysTable
  events: EventsTable
  idempotency_keys: IdempotencyKeysTable
}
