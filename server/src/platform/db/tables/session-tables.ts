import type { JWK } from 'jose'
import type { SessionId, TokenScope, UserId } from '@cloudsync/protocol'
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { Bytes, CreatedAt, Nullable, Timestamp } from './column-types.ts'

export interface SessionsTable {
  id: SessionId
  user_id: UserId
  created_at: CreatedAt
  expires_at: Timestamp
  revoked_at: Date | null
  last_used_at: Generated<Date>
  user_agent: Generated<string>
  /** `token`: it stands behind a personal access token. */
  kind: Generated<'sign_in' | 'token'>
  /** What a token may do; null: whatever the account may. */
  scopes: Nullable<readonly TokenScope[]>
  /** Where it was last used from: an address, or the /64 of one. */
  network: Generated<string>
  /** When the person last showed who they are. */
  proven_at: Nullable<Date>
  /** Of the secret in the cookie; null: the session has tokens. */
  cookie_hash: Nullable<Buffer>
}

export interface RefreshTokensTable {
  token_hash: Bytes
  session_id: SessionId
  created_at: CreatedAt
  expires_at: Timestamp
  consumed_at: Date | null
  successor_hash: ColumnType<Buffer | null, Uint8Array | null, Uint8Array | null>
}

export interface SigningKeysTable {
  kid: string
  algorithm: string
  /** Null: it is sealed. Versions before migration 17 have left it plain. */
  private_jwk: JSONColumnType<JWK | null, string | null | undefined, string | null>
  sealed: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>
  key_id: Nullable<number>
  public_jwk: JSONColumnType<JWK>
  created_at: CreatedAt
  /** When it takes the place of the one before it; until then it is only published. */
  signs_from: ColumnType<Date, Date | undefined, Date>
}

/** Who is signed in, and by what. */
export interface SessionTables {
  sessions: SessionsTable
  refresh_tokens: RefreshTokensTable
  signing_keys: SigningKeysTable
}
