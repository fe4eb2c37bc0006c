import type { Migration } from '../migrate.ts'

/** Mails, the links in them, second factors, passkeys, tokens of programs, and accounts that are at rest. */
export const accounts: Migration = {
  number: 13,
  name: 'accounts',
  sql: `
ALTER TABLE users
  ADD COLUMN kind text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service')),
  ADD COLUMN deactivated_at timestamptz,
  ADD COLUMN email_verified_at timestamptz;

-- A token of a program has a session behind it: ending the one ends the other.
ALTER TABLE sessions
  ADD COLUMN kind text NOT NULL DEFAULT 'sign_in' CHECK (kind IN ('sign_in', 'token')),
  -- What a token may do; null: whatever the account may.
  ADD COLUMN scopes text[],
  ADD COLUMN network text NOT NULL DEFAULT '',
  -- When the person last showed who they are.
  ADD COLUMN proven_at timestamptz;

CREATE TABLE personal_tokens (
  session_id uuid PRIMARY KEY REFERENCES sessions ON DELETE CASCADE,
  token_hash bytea NOT NULL UNIQUE,
  name text NOT NULL,
  hint text NOT NULL,
  created_by uuid REFERENCES users ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Links that are sent by mail. Each works once; the update that uses it up decides who was first.
CREATE TABLE account_links (
  id uuid PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('invitation', 'sign_up', 'password_reset', 'email_change')),
  -- Whom it was sent to.
  email text COLLATE "C" NOT NULL,
  -- Whose account it is for; null: there is none yet.
  user_id uuid REFERENCES users ON DELETE CASCADE,
  created_by uuid REFERENCES users ON DELETE SET NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX account_links_by_email ON account_links (email, created_at);
CREATE INDEX account_links_by_user ON account_links (user_id);

-- Sign-ins and registrations that are half done.
CREATE TABLE auth_challenges (
  token_hash bytea PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('second_factor', 'passkey_sign_in', 'passkey_registration')),
  user_id uuid REFERENCES users ON DELETE CASCADE,
  webauthn_challenge text,
  attempts integer NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL
);
CREATE INDEX auth_challenges_by_user ON auth_challenges (user_id);
CREATE INDEX auth_challenges_by_time ON auth_challenges (expires_at);

CREATE TABLE totp_secrets (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  sealed bytea NOT NULL,
  key_id integer NOT NULL,
  confirmed_at timestamptz,
  -- The time step of the last code that was taken.
  last_step bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  code_hash bytea NOT NULL,
  PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE passkeys (
  id text COLLATE "C" PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  name text NOT NULL,
  public_key bytea NOT NULL,
  counter bigint NOT NULL,
  transports text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  last_used_at timestamptz
);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- What administrators set for the whole installation.
CREATE TABLE installation_settings (
  name text COLLATE "C" PRIMARY KEY,
  value jsonb NOT NULL
);

-- Mails on their way, sealed.
CREATE TABLE mail_outbox (
  id uuid PRIMARY KEY,
  sealed bytea NOT NULL,
  key_id integer NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX mail_outbox_by_time ON mail_outbox (due_at);
`,
}
