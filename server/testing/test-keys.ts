import { hash } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import type { Kysely } from 'kysely'
import { DocumentSeals } from '#features/live/document-seals.ts'
import { DocumentHistory } from '#features/live/document-history.ts'
import { DocumentStore } from '#features/live/document-store.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { KeyRing, openKeyRing } from '#platform/keys/key-ring.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'

/** What test servers seal under: whoever checks their databases can read them. No secret. */
export const testMasterKeyFile = join(tmpdir(), `cloudsync-test-master-${userInfo().uid}.key`)

// A name of its own first, so that no other test finds it half written.
const own = `${testMasterKeyFile}.${process.pid}.${threadId}`
writeFileSync(own, hash('sha256', 'the master key of all tests'))
renameSync(own, testMasterKeyFile)

const source = new MasterKeyFile({ path: testMasterKeyFile, isMadeWhenMissing: false })

/** The keys of a database, with a first one where there is none. */
export function openTestKeys(database: Pick<Database, 'clientConfig'>): Promise<KeyRing> {
  return openKeyRing(database, source)
}

/** What seals the documents of a database. */
export async function openTestSeals(
  database: Pick<Database, 'clientConfig'>,
): Promise<DocumentSeals> {
  return new DocumentSeals(await openTestKeys(database))
}

/** Reads the documents of a test server's database, within a transaction too. */
export function openTestStore(db: Kysely<Schema>): DocumentStore {
  return new DocumentStore(db, sealsOf(db))
}

/** As `openTestStore`, of what the documents were. */
export function openTestHistory(db: Kysely<Schema>): DocumentHistory {
  return new DocumentHistory(db, sealsOf(db))
}

function sealsOf(db: Kysely<Schema>): DocumentSeals {
  return new DocumentSeals(new KeyRing({ source, readDataKeys: () => listKeys(db) }))
}

async function listKeys(db: Kysely<Schema>) {
  const rows = await db.selectFrom('data_keys').selectAll().execute()
  return rows.map((row) => ({
    id: row.id,
    wrapped: row.wrapped,
    masterFingerprint: row.master_fingerprint,
    isCurrent: row.is_current,
    createdAt: row.created_at,
  }))
}
