import type { NodeId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'

/** Which of these ids belonged to nodes that are gone for good. No other node ever has one of them. */
export async function findPurged(
  tx: Transaction<Schema>,
  ids: readonly NodeId[],
): Promise<Set<NodeId>> {
  if (ids.length === 0) return new Set()
  const rows = await tx
    .selectFrom('tombstones')
    .select('id')
    .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
    .execute()
  return new Set(rows.map(({ id }) => id))
}
