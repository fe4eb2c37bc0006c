import { isBlobKey, type BlobStore } from '@cloudsync/storage'
import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { packKey } from '../packer.ts'

export interface PackCollectOptions {
  readonly db: Database
  readonly store: BlobStore
  readonly clock: Clock
  /** How long bytes stay that nothing names any more, so that a backup of the database finds them. */
  readonly backupWindowMs: number
}

const pageSize = 1_000
/** A younger one may be on its way into the index, and the store's clock may be another. */
const minStrayAgeMs = 24 * 3_600_000

/** Takes the chunks that nothing names, and whose lease has ended, out of the index; gives how many. */
export async function collectChunks({ db, clock }: PackCollectOptions): Promise<number> {
  let count = 0
  for (;;) {
    const { rows } = await sql<{ removed: number }>`
      WITH unnamed AS (
        SELECT hash FROM chunks WHERE refs = 0 AND leased_until < ${clock.now()}
        ORDER BY hash LIMIT ${pageSize} FOR UPDATE SKIP LOCKED
      ), removed AS (
        DELETE FROM chunks USING unnamed WHERE chunks.hash = unnamed.hash
        RETURNING chunks.pack_id, chunks.sealed_bytes
      ), sums AS (
        SELECT pack_id, sum(sealed_bytes) AS bytes FROM removed GROUP BY pack_id
      ), emptied AS (
        UPDATE packs SET live_bytes = live_bytes - sums.bytes FROM sums WHERE packs.id = sums.pack_id
      )
      SELECT count(*)::int AS removed FROM removed`.execute(db.kysely)
    const removed = rows[0]?.removed ?? 0
    count += removed
    if (removed < pageSize) return count
  }
}

/** Notes since when packs have been unused: nothing in the index lies in them, and nothing ever will again. */
export async function noteUnusedPacks({ db, clock }: PackCollectOptions): Promise<void> {
  await sql`
    UPDATE packs SET unused_since = ${clock.now()} WHERE unused_since IS NULL
      AND NOT EXISTS (SELECT FROM chunks WHERE chunks.pack_id = packs.id)`.execute(db.kysely)
}

/** Deletes the packs that have been unused for the backup window; gives how many. */
export async function deletePacks(options: PackCollectOptions): Promise<number> {
  const { db, store, clock, backupWindowMs } = options
  const until = new Date(clock.now().getTime() - backupWindowMs)
  let count = 0
  for (;;) {
    const packs = await db.kysely
      .selectFrom('packs')
      .select('id')
      .where('unused_since', '<=', until)
      .limit(pageSize)
      .execute()
    for (const { id } of packs) {
      await store.delete(packKey(id))
      await db.kysely.deleteFrom('packs').where('id', '=', id).execute()
      count += 1
    }
    if (packs.length < pageSize) return count
  }
}

/**
 * Deletes objects that are no pack of the index: a crash left them between the store and the database.
 * They must be as old as the backup window, so that a database that was set back does not lose what came
 * after it while somebody still looks for the right backup. Looks at the whole store.
 */
export async function deleteStrayPacks(options: PackCollectOptions): Promise<number> {
  const { db, store, clock, backupWindowMs } = options
  const until = clock.now().getTime() - Math.max(backupWindowMs, minStrayAgeMs)
  let count = 0
  let cursor: string | undefined
  do {
    const page = await store.list({ prefix: 'packs/', ...(cursor === undefined ? {} : { cursor }) })
    const old = page.items.filter((item) => item.modifiedAt.getTime() <= until)
    const ids = old.flatMap(({ key }) => packIdOf(key) ?? [])
    const known = await db.kysely
      .selectFrom('packs')
      .select('id')
      .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
      .execute()
    const kept = new Set(known.map((pack) => pack.id))
    for (const id of ids) {
      if (kept.has(id)) continue
      await store.delete(packKey(id))
      count += 1
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return count
}

const packKeyPattern = /^packs\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function packIdOf(key: string): string | undefined {
  return isBlobKey(key) ? packKeyPattern.exec(key)?.[1] : undefined
}
