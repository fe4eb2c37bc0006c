import type { SessionId, UserId } from '@cloudsync/protocol'
import type { Generated, JSONColumnType } from 'kysely'
import type { Bytes, CreatedAt, Nullable, Timestamp } from './column-types.ts'

export interface UsersTable {
  id: UserId
  email: string
  name: string
  color: string
  password_hash: string | null
  is_admin: Generated<boolean>
  is_auditor: Generated<boolean>
  tokens_valid_after: Generated<Date>
  created_at: CreatedAt
  /** A service has no password and no sessions, only tokens. */
  kind: Generated<'person' | 'service'>
  deactivated_at: Nullable<Date>
  /** When somebody showed that they read what is sent to the address. */
  email_verified_at: Nullable<Date>
}

export interface SetupLinksTable {
  token_hash: Bytes
  created_at: CreatedAt
  used_at: Date | null
}

export interface PersonalTokensTable {
  session_id: SessionId
  token_hash: Bytes
  name: string
  /** The end of the token, to know it by. */
  hint: string
  created_by: UserId | null
  created_at: CreatedAt
}

export interface AccountLinksTable {
  id: string
  token_hash: Bytes
  kind: 'invitation' | 'sign_up' | 'password_reset' | 'email_change'
  email: string
  user_id: Nullable<UserId>
  created_by: Nullable<UserId>
  created_at: Timestamp
  expires_at: Timestamp
  used_at: Nullable<Date>
  revoked_at: Nullable<Date>
}

export interface AuthChallengesTable {
  token_hash: Bytes
  kind: 'second_factor' | 'passkey_sign_in' | 'passkey_registration'
  user_id: Nullable<UserId>
  webauthn_challenge: Nullable<string>
  attempts: Generated<number>
  expires_at: Timestamp
}

export interface TotpSecretsTable {
  user_id: UserId
  sealed: Bytes
  key_id: number
  /** Null: it was shown, and no code of it has been seen yet. */
  confirmed_at: Nullable<Date>
  /** The time step of the last code that was taken; none before or at it is taken again. */
  last_step: Generated<number>
  created_at: Timestamp
}

export interface RecoveryCodesTable {
  user_id: UserId
  code_hash: Bytes
}

export interface PasskeysTable {
  /** The credential's id, in base64url. */
  id: string
  user_id: UserId
  name: string
  public_key: Bytes
  counter: number
  transports: readonly string[]
  created_at: Timestamp
  last_used_at: Nullable<Date>
}

export interface InstallationSettingsTable {
  name: string
  value: JSONColumnType<Record<string, unknown>>
}

export interface MailOutboxTable {
  id: string
  sealed: Bytes
  key_id: number
  attempts: Generated<number>
  due_at: Timestamp
  expires_at: Timestamp
}

/** What accounts are made, kept safe and written to with. */
export interface AccountTables {
  users: UsersTable
  setup_links: SetupLinksTable
  personal_tokens: PersonalTokensTable
  account_links: AccountLinksTable
  auth_challenges: AuthChallengesTable
  totp_secrets: TotpSecretsTable
  recovery_codes: RecoveryCodesTable
  passkeys: PasskeysTable
  installation_settings: InstallationSettingsTable
  mail_outbox: MailOutboxTable
}
