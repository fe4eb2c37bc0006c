import type { Migration } from '../migrate.ts'

/**
 * Whether a person may read a content is looked up space by space of theirs, so that what lies in other spaces
 * takes no time. Versions that an older server writes meanwhile are not found by it, and nothing worse.
 */
export const versionSpaces: Migration = {
  number: 10,
  name: 'version-spaces',
  sql: `
ALTER TABLE versions ADD COLUMN space_id uuid;
UPDATE versions SET space_id = nodes.space_id FROM nodes WHERE nodes.id = versions.node_id;
DROP INDEX versions_by_content;
CREATE INDEX versions_by_content ON versions (sha256, space_id);
`,
}
