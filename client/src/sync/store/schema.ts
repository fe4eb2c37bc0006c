import type { DatabaseSync } from 'node:sqlite'

/** Each entry takes the database from its index to the next `user_version`. Only ever appended to. */
const migrations: readonly string[] = [
  `
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE remote (
    id TEXT PRIMARY KEY, parent_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    seq INTEGER NOT NULL, content TEXT, is_text INTEGER NOT NULL, size_bytes INTEGER, can_edit INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE local (
    id TEXT PRIMARY KEY, parent_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    content TEXT, device TEXT, inode TEXT, born_ns TEXT, size_bytes INTEGER, modified_ns TEXT, changed_ns TEXT,
    is_text INTEGER, disk_name TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE synced (
    id TEXT PRIMARY KEY, parent_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    local_content TEXT, remote_content TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE trashed (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

  CREATE TABLE texts (id TEXT PRIMARY KEY, record TEXT NOT NULL, state BLOB NOT NULL) STRICT;

  CREATE TABLE problems (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
    attempts INTEGER NOT NULL, since_ms INTEGER NOT NULL, retry_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE approvals (id TEXT NOT NULL, side TEXT NOT NULL, PRIMARY KEY (id, side)) STRICT, WITHOUT ROWID;

  CREATE TABLE conflicts (
    number INTEGER PRIMARY KEY, node_id TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, at_ms INTEGER NOT NULL,
    detail TEXT NOT NULL, resolved_at_ms INTEGER
  ) STRICT;

  CREATE TABLE history (
    number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, operation TEXT NOT NULL, node_id TEXT NOT NULL,
    path TEXT NOT NULL, detail TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE writes (id TEXT PRIMARY KEY, intent TEXT NOT NULL, base BLOB) STRICT;
  CREATE TABLE sends (id TEXT PRIMARY KEY, intent TEXT NOT NULL) STRICT;
  CREATE TABLE trashing (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  `,
  `CREATE TABLE places (id TEXT PRIMARY KEY, intent TEXT NOT NULL) STRICT`,
  // Without a cursor a snapshot is taken, which tells of each file whether it is executable.
  `
  ALTER TABLE remote ADD COLUMN is_executable INTEGER;
  ALTER TABLE local ADD COLUMN is_executable INTEGER;
  ALTER TABLE synced ADD COLUMN is_executable INTEGER;
  UPDATE settings SET value = '' WHERE name = 'cursor';
  `,
]

const schemaVersion = migrations.length

/** Throws `NewerDatabaseError` where a later program has written it. */
export function migrate(database: DatabaseSync): void {
  const row = database.prepare('PRAGMA user_version').get()
  const version = Number(row?.['user_version'] ?? 0)
  if (version > schemaVersion) throw new NewerDatabaseError(version)
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}

export class NewerDatabaseError extends Error {
  constructor(version: number) {
    super(`the database is of version ${version}, this program knows ${schemaVersion}`)
    this.name = 'NewerDatabaseError'
  }
}
