import { sha256ToBytes } from '@cloudsync/storage'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { isAnyDamaged } from './chunk-index.ts'
import type { ContentName } from './content-name.ts'
import { leaseContents } from './content-rows.ts'

/**
 * Leases a content that is there, as `leaseContents`, so that it can be named again; `false` when it is gone, or a
 * part of it is known to be damaged: then the same bytes have to come anew.
 */
export async function reuseContent(
  tx: Transaction<Schema>,
  { sha256, sizeBytes }: ContentName,
  until: Date,
): Promise<boolean> {
  const row = (await leaseContents(tx, [sha256], until)).get(sha256)
  if (row?.sizeBytes !== sizeBytes) return false
  const isDamaged =
    row.manifestId === undefined
      ? await isAnyDamaged(tx, [sha256ToBytes(sha256)])
      : await isManifestDamaged(tx, row.manifestId)
  return !isDamaged
}

/** There is hardly ever a damaged chunk, so the pages are only looked at for those. */
async function isManifestDamaged(tx: Transaction<Schema>, manifestId: string): Promise<boolean> {
  const { rows } = await sql`
    WITH damaged AS MATERIALIZED (SELECT hash FROM chunks WHERE damaged_at IS NOT NULL)
    SELECT FROM damaged JOIN manifest_pages ON position(damaged.hash IN manifest_pages.entries) > 0
    WHERE manifest_pages.manifest_id = ${manifestId} LIMIT 1`.execute(tx)
  return rows.length > 0
}
