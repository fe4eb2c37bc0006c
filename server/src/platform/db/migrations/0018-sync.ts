import type { Migration } from '../migrate.ts'

/** What those need who keep copies of spaces: how far the feed reaches back, and which folders have come to where they are. */
export const sync: Migration = {
  number: 18,
  name: 'sync',
  sql: `
ALTER TABLE spaces ADD COLUMN feed_since bigint NOT NULL DEFAULT 0;
ALTER TABLE nodes ADD COLUMN arrived_rev bigint, ADD COLUMN touched_seq bigint;
ALTER TABLE departures ADD COLUMN left_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX departures_by_age ON departures (left_at);
CREATE INDEX nodes_folders_by_space ON nodes (space_id, id) WHERE kind = 'folder';
`,
}
