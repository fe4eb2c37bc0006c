import type { Migration } from '../migrate.ts'

/** Whether a file is executable, or a symbolic link. Every row of before is a regular one, and none is written for it. */
export const fileModes: Migration = {
  number: 19,
  name: 'file-modes',
  sql: `
ALTER TABLE nodes ADD COLUMN mode text NOT NULL DEFAULT 'regular';
ALTER TABLE nodes ADD CONSTRAINT nodes_mode_check
  CHECK (mode IN ('regular', 'executable', 'symlink')) NOT VALID;
`,
}
