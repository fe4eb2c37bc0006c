import type { Migration } from '../migrate.ts'

/**
 * Whoever deletes nodes has PostgreSQL look for what refers to them, once per node: without an index it
 * reads the whole table each time.
 */
export const purges: Migration = {
  number: 3,
  name: 'purges',
  sql: `
CREATE INDEX nodes_by_parent ON nodes (parent_id);
DROP INDEX nodes_trashed_by_parent;
CREATE UNIQUE INDEX spaces_by_root ON spaces (root_id);
CREATE INDEX served_contents_by_node ON served_contents (node_id);
`,
}
