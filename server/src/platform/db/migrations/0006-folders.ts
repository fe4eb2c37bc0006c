import type { Migration } from '../migrate.ts'

/** How high a tree of folders stands is asked when it moves; the files in it are none of that. */
export const folders: Migration = {
  number: 6,
  name: 'folders',
  sql: `
CREATE INDEX nodes_folders_by_parent ON nodes (parent_id) WHERE kind = 'folder';
`,
}
