import type { Migration } from '../migrate.ts'

/** Apps that people let in, and accounts elsewhere by which they come in. */
export const oauth: Migration = {
  number: 15,
  name: 'oauth',
  sql: `
CREATE TABLE oauth_clients (
  id text COLLATE "C" PRIMARY KEY,
  -- As RFC 7591 names it, without the id and the secret.
  metadata jsonb NOT NULL,
  secret_hash text,
  origin text NOT NULL CHECK (origin IN ('built_in', 'admin', 'registration')),
  created_by uuid REFERENCES users ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO oauth_clients (id, origin, metadata) VALUES ('cloudsync-cli', 'built_in', '{
  "client_name": "CloudSync command line",
  "application_type": "native",
  "token_endpoint_auth_method": "none",
  "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
  "response_types": ["code"],
  "redirect_uris": ["http://127.0.0.1/callback", "http://[::1]/callback"],
  "scope": "openid profile email account:read files:read files:write spaces:manage"
}');

-- One sign-in of an app by somebody. Its session is the truth of whether it stands.
CREATE TABLE oauth_grants (
  id text COLLATE "C" PRIMARY KEY,
  session_id uuid NOT NULL UNIQUE REFERENCES sessions ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  client_id text COLLATE "C" NOT NULL REFERENCES oauth_clients ON DELETE CASCADE,
  scopes text[] NOT NULL,
  -- The identifiers that the app asked for, RFC 8707.
  resources text[] NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX oauth_grants_by_user ON oauth_grants (user_id);
CREATE INDEX oauth_grants_by_client ON oauth_grants (client_id);

-- What somebody need not be asked again.
CREATE TABLE oauth_consents (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  client_id text COLLATE "C" NOT NULL REFERENCES oauth_clients ON DELETE CASCADE,
  scopes text[] NOT NULL,
  PRIMARY KEY (user_id, client_id)
);
CREATE INDEX oauth_consents_by_client ON oauth_consents (client_id);

-- Codes, refresh tokens and sign-ins under way; none can be told from what is stored.
CREATE TABLE oauth_records (
  kind text COLLATE "C" NOT NULL,
  id_hash bytea NOT NULL,
  payload jsonb NOT NULL,
  grant_id text COLLATE "C" REFERENCES oauth_grants ON DELETE CASCADE,
  user_code_hash bytea UNIQUE,
  uid_hash bytea,
  -- Of what is used once.
  consumed_at timestamptz,
  -- Of a refresh token that was used: the answer, sealed with the token, while it may be asked for again.
  answer bytea,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (kind, id_hash)
);
CREATE INDEX oauth_records_by_grant ON oauth_records (grant_id);
CREATE INDEX oauth_records_by_uid ON oauth_records (uid_hash) WHERE uid_hash IS NOT NULL;
CREATE INDEX oauth_records_by_time ON oauth_records (expires_at);

CREATE TABLE external_identities (
  id uuid PRIMARY KEY,
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  -- As the other side names it; nothing is decided by it.
  email text COLLATE "C",
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  UNIQUE (issuer, subject)
);
CREATE INDEX external_identities_by_user ON external_identities (user_id);

-- Sign-ins by another provider that are under way, known by a cookie.
CREATE TABLE external_sign_ins (
  secret_hash bytea PRIMARY KEY,
  provider_id text NOT NULL,
  -- Whose account is to be connected; null: somebody signs in.
  session_id uuid REFERENCES sessions ON DELETE CASCADE,
  return_to text NOT NULL,
  -- Who it turned out to be.
  user_id uuid REFERENCES users ON DELETE CASCADE,
  -- When the other side has answered.
  answered_at timestamptz,
  expires_at timestamptz NOT NULL
);
CREATE INDEX external_sign_ins_by_time ON external_sign_ins (expires_at);
`,
}
