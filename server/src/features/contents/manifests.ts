import { decodeManifestPage, encodeManifestPage, type ManifestEntry } from '@cloudsync/storage'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { addChunkRefs, dropChunkRefs } from './chunk-index.ts'

/** A page, and where in the content it begins. */
export interface ManifestPage {
  readonly page: number
  readonly start: number
  readonly entries: readonly ManifestEntry[]
}

/**
 * Enters a manifest that no content has yet, and leaves it alone until then; one that is there already stays
 * longer. Gives whether it is new. Throws a retryable `unavailable` for one that is being taken away.
 */
export async function leaseManifest(
  tx: Kysely<Schema>,
  id: string,
  until: Date,
): Promise<{ readonly isNew: boolean }> {
  const { rows } = await sql<{ is_new: boolean }>`
    INSERT INTO manifests (id, leased_until) VALUES (${id}, ${until})
    ON CONFLICT (id) DO UPDATE SET leased_until = greatest(manifests.leased_until, excluded.leased_until)
      WHERE manifests.leased_until > '-infinity'
    RETURNING xmax = 0 AS is_new
  `.execute(tx)
  const [row] = rows
  if (!row) throw new ProblemError('unavailable', { headers: { 'retry-after': '2' } })
  return { isNew: row.is_new }
}

/**
 * Locks a manifest that no content and no draft has, and whose lease has ended, and marks it: nobody adds to it
 * any more. `false` when it is none, or somebody is about to add to it.
 */
export async function condemnManifest(tx: Kysely<Schema>, id: string, now: Date): Promise<boolean> {
  const locked = await sql`
    SELECT FROM manifests WHERE id = ${id} AND leased_until < ${now}
    FOR UPDATE SKIP LOCKED`.execute(tx)
  if (locked.rows.length === 0) return false
  // Only a statement that begins after the lock is had sees what came before it.
  const { rows } = await sql`
    UPDATE manifests SET leased_until = '-infinity' WHERE id = ${id}
      AND NOT EXISTS (SELECT FROM contents WHERE manifest_id = ${id})
      AND NOT EXISTS (SELECT FROM content_drafts WHERE content_drafts.id = ${id})
    RETURNING id`.execute(tx)
  return rows.length > 0
}

/** Adds entries to the end of a page, which is made for the first; they name their chunks from now on. Throws as `addChunkRefs`. */
export async function appendToPage(
  tx: Kysely<Schema>,
  manifestId: string,
  { page, start, entries }: ManifestPage,
): Promise<void> {
  await sql`
    INSERT INTO manifest_pages AS p (manifest_id, page, start, entries)
    VALUES (${manifestId}, ${page}, ${start}, ${encodeManifestPage(entries)})
    ON CONFLICT (manifest_id, page) DO UPDATE SET entries = p.entries || excluded.entries
  `.execute(tx)
  await addChunkRefs(tx, countEntries(entries))
}

/** The page at the end of a manifest; `undefined` when it has none. */
export async function findLastPage(
  db: Kysely<Schema>,
  manifestId: string,
): Promise<ManifestPage | undefined> {
  const row = await db
    .selectFrom('manifest_pages')
    .select(['page', 'start', 'entries'])
    .where('manifest_id', '=', manifestId)
    .orderBy('page', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && { ...row, entries: decodeManifestPage(row.entries) }
}

/** The pages that hold the bytes from `start` up to and without `end`, one by one. */
export async function* readManifestPages(
  db: Kysely<Schema>,
  manifestId: string,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<ManifestPage> {
  let from = start
  while (from < end) {
    const row = await db
      .selectFrom('manifest_pages')
      .select(['page', 'start', 'entries'])
      .where('manifest_id', '=', manifestId)
      .where('start', '<=', from)
      .orderBy('start', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (!row) return
    const entries = decodeManifestPage(row.entries)
    yield { page: row.page, start: row.start, entries }
    const pageEnd = row.start + entries.reduce((sum, entry) => sum + entry.plainBytes, 0)
    if (pageEnd <= from) return
    from = pageEnd
  }
}

/** Takes away one page, with what it names; `false` when there is none left. */
export async function dropManifestPage(
  tx: Kysely<Schema>,
  manifestId: string,
  now: Date,
): Promise<boolean> {
  const { rows } = await sql<{ entries: Buffer }>`
    DELETE FROM manifest_pages WHERE manifest_id = ${manifestId} AND page =
      (SELECT max(page) FROM manifest_pages WHERE manifest_id = ${manifestId})
    RETURNING entries`.execute(tx)
  const [row] = rows
  if (!row) return false
  await dropChunkRefs(tx, countEntries(decodeManifestPage(row.entries)), now)
  return true
}

function countEntries(entries: readonly ManifestEntry[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { hash } of entries) {
    const name = Buffer.from(hash).toString('hex')
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}
