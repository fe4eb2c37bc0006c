import type { Migration } from '../migrate.ts'

/** When the versions of a file are looked at next, for those that need not stay. No row: there are none. */
export const versionRetention: Migration = {
  number: 12,
  name: 'version-retention',
  sql: `
CREATE TABLE version_prunes (
  node_id uuid PRIMARY KEY REFERENCES nodes ON DELETE CASCADE,
  due_at timestamptz NOT NULL
);
CREATE INDEX version_prunes_by_time ON version_prunes (due_at);
INSERT INTO version_prunes (node_id, due_at) SELECT DISTINCT node_id, now() FROM versions WHERE number > 1;
`,
}
