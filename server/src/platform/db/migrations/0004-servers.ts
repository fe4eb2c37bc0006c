import type { Migration } from '../migrate.ts'

/** Who shares this database. Written every two seconds, so it is kept small and out of the way. */
export const servers: Migration = {
  number: 4,
  name: 'servers',
  sql: `
CREATE TABLE servers (
  id text PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
`,
}
