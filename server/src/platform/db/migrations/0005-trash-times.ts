import type { Migration } from '../migrate.ts'

/** What lies in a folder of the trash has no row that says where its log stood: the time tells. */
export const trashTimes: Migration = {
  number: 5,
  name: 'trash_times',
  sql: `
ALTER TABLE nodes ADD COLUMN trashed_log_at timestamptz;
UPDATE nodes SET trashed_log_at = trashed_at WHERE trashed_at IS NOT NULL;
`,
}
