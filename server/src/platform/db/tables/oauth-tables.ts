import type { OAuthScope, SessionId, UserId } from '@cloudsync/protocol'
import type { ColumnType, JSONColumnType } from 'kysely'
import type { Bytes, CreatedAt, Nullable, Timestamp } from './column-types.ts'

export interface OAuthClientsTable {
  id: string
  metadata: JSONColumnType<Record<string, unknown>>
  /** SHA-256 in hex; null: the client can keep no secret. */
  secret_hash: Nullable<string>
  origin: 'built_in' | 'admin' | 'registration'
  created_by: Nullable<UserId>
  created_at: CreatedAt
}

export interface OAuthGrantsTable {
  id: string
  session_id: SessionId
  user_id: UserId
  client_id: string
  scopes: readonly OAuthScope[]
  resources: readonly string[]
  created_at: Timestamp
}

export interface OAuthConsentsTable {
  user_id: UserId
  client_id: string
  scopes: readonly OAuthScope[]
}

export interface OAuthRecordsTable {
  kind: string
  id_hash: Bytes
  payload: JSONColumnType<Record<string, unknown>>
  grant_id: Nullable<string>
  user_code_hash: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>
  uid_hash: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>
  consumed_at: Nullable<Date>
  answer: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>
  expires_at: Timestamp
}

export interface ExternalIdentitiesTable {
  id: string
  issuer: string
  subject: string
  user_id: UserId
  email: Nullable<string>
  created_at: Timestamp
  last_used_at: Nullable<Date>
}

export interface ExternalSignInsTable {
  secret_hash: Bytes
  provider_id: string
  session_id: Nullable<SessionId>
  return_to: string
  user_id: Nullable<UserId>
  answered_at: Nullable<Date>
  expires_at: Timestamp
}

/** Apps that people let in, and accounts elsewhere by which they come in. */
export interface OAuthTables {
  oauth_clients: OAuthClientsTable
  oauth_grants: OAuthGrantsTable
  oauth_consents: OAuthConsentsTable
  oauth_records: OAuthRecordsTable
  external_identities: ExternalIdentitiesTable
  external_sign_ins: ExternalSignInsTable
}
