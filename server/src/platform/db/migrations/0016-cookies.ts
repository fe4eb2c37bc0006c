import type { Migration } from '../migrate.ts'

/** Sessions that browsers keep as cookies, and signing keys that are published before they sign. */
export const cookies: Migration = {
  number: 16,
  name: 'cookies',
  sql: `
-- Of the secret in the cookie; null: the session has tokens.
ALTER TABLE sessions ADD COLUMN cookie_hash bytea;
CREATE UNIQUE INDEX sessions_by_cookie ON sessions (cookie_hash) WHERE cookie_hash IS NOT NULL;

ALTER TABLE signing_keys ADD COLUMN signs_from timestamptz NOT NULL DEFAULT now();
UPDATE signing_keys SET signs_from = created_at;
`,
}
