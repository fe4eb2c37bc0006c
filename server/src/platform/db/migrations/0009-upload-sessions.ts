import type { Migration } from '../migrate.ts'

/** Uploads that may be broken off and resumed; one has the id of its draft, as long as there is one. */
export const uploadSessions: Migration = {
  number: 9,
  name: 'upload-sessions',
  sql: `
CREATE TABLE upload_sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('whole', 'partial', 'final')),
  state text NOT NULL CHECK (state IN ('open', 'stored', 'filed', 'expired')),
  length bigint CHECK (length >= 0),
  metadata text NOT NULL,
  concat text,
  sha256 bytea CHECK (state <> 'stored' OR sha256 IS NOT NULL),
  node_id uuid CHECK (state <> 'filed' OR node_id IS NOT NULL),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX upload_sessions_by_user ON upload_sessions (user_id);
CREATE INDEX upload_sessions_by_expiry ON upload_sessions (expires_at);
`,
}
