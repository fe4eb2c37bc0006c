import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { dropChunkRefs } from '../chunk-index.ts'
import { draftLeaseMs } from '../content-drafts.ts'
import { condemnManifest, dropManifestPage } from '../manifests.ts'

interface CollectOptions {
  readonly db: Database
  readonly clock: Clock
}

const pageSize = 500

/**
 * Removes the contents that no version names and whose lease has ended; gives how many. A content is
 * removed while its row is locked: whoever is about to put it waits to lease it, and enters it anew;
 * whoever is about to name it holds a lock on the row, and it is passed over.
 */
export async function collectContents(options: CollectOptions): Promise<number> {
  let count = 0
  for (let after: Buffer = Buffer.alloc(0); ;) {
    const { rows } = await sql<{ sha256: Buffer }>`
      SELECT sha256 FROM contents WHERE leased_until < ${options.clock.now()} AND sha256 > ${after}
        AND NOT EXISTS (SELECT FROM versions WHERE versions.sha256 = contents.sha256)
      ORDER BY sha256 LIMIT ${pageSize}`.execute(options.db.kysely)
    for (const { sha256 } of rows) if (await removeContent(options, sha256)) count += 1
    after = rows.at(-1)?.sha256 ?? after
    if (rows.length < pageSize) return count
  }
}

function removeContent({ db, clock }: CollectOptions, sha256: Buffer): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const locked = await sql<{ manifest_id: string | null }>`
      SELECT manifest_id FROM contents WHERE sha256 = ${sha256} AND leased_until < ${clock.now()}
      FOR UPDATE SKIP LOCKED`.execute(tx)
    const [row] = locked.rows
    if (!row) return false
    // Only a statement that begins after the lock is had sees every version that came before it.
    const named = await sql`SELECT FROM versions WHERE sha256 = ${sha256} LIMIT 1`.execute(tx)
    if (named.rows.length > 0) return false
    await sql`DELETE FROM contents WHERE sha256 = ${sha256}`.execute(tx)
    // What a manifest names goes with the manifest.
    if (row.manifest_id === null)
      await dropChunkRefs(tx, new Map([[sha256.toString('hex'), 1]]), clock.now())
    return true
  })
}

/** Drops the drafts that nobody goes on with. */
export async function collectDrafts({ db, clock }: CollectOptions): Promise<void> {
  const before = new Date(clock.now().getTime() - draftLeaseMs)
  await db.kysely.deleteFrom('content_drafts').where('touched_at', '<', before).execute()
}

/** Removes manifests that no content and no draft has and whose lease has ended, page by page. */
export async function collectManifests(options: CollectOptions): Promise<number> {
  let count = 0
  for (let after = firstId; ;) {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM manifests WHERE leased_until < ${options.clock.now()} AND id > ${after}
        AND NOT EXISTS (SELECT FROM contents WHERE contents.manifest_id = manifests.id)
      ORDER BY id LIMIT ${pageSize}`.execute(options.db.kysely)
    for (const { id } of rows) if (await removeManifest(options, id)) count += 1
    after = rows.at(-1)?.id ?? after
    if (rows.length < pageSize) return count
  }
}

const firstId = '00000000-0000-0000-0000-000000000000'

async function removeManifest({ db, clock }: CollectOptions, id: string): Promise<boolean> {
  if (!(await inTransaction(db, (tx) => condemnManifest(tx, id, clock.now())))) return false
  while (await inTransaction(db, (tx) => dropManifestPage(tx, id, clock.now())));
  await db.kysely.deleteFrom('manifests').where('id', '=', id).execute()
  return true
}
