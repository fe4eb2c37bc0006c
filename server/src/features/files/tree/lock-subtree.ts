import type { NodeId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'

export interface Subtree {
  /**
   * What of that which lies below and went to the trash by itself belongs to it: everything, or only what lies
   * in a private folder of the subtree, the node itself among them.
   */
  readonly trashed: 'everything' | 'in private folders'
  /** It is going to be deleted, its documents too. */
  readonly forDeletion?: boolean
  /** At most so many nodes are given, and one more. */
  readonly limit?: number
}

/**
 * A node and everything below it, as it stays until the commit: nothing of it leaves, and nothing comes
 * into it. Who was about to make or take away something below is waited for, so it is looked for again
 * until nothing new is found.
 */
export async function lockSubtree(
  tx: Transaction<Schema>,
  id: NodeId,
  subtree: Subtree,
): Promise<NodeId[]> {
  const locked = new Set<NodeId>()
  for (;;) {
    const ids = await listSubtree(tx, id, subtree)
    const found = ids.filter((each) => !locked.has(each))
    if (found.length === 0) return ids
    // In the order of every transaction on a folder: its document, then its row.
    if (subtree.forDeletion === true)
      await sql`
        SELECT FROM documents WHERE id = ANY(${found}::uuid[]) ORDER BY id FOR UPDATE`.execute(tx)
    await sql`SELECT FROM nodes WHERE id = ANY(${found}::uuid[]) ORDER BY id FOR UPDATE`.execute(tx)
    for (const each of found) locked.add(each)
  }
}

async function listSubtree(
  tx: Transaction<Schema>,
  id: NodeId,
  { trashed, limit }: Subtree,
): Promise<NodeId[]> {
  const { rows } = await sql<{ id: NodeId }>`
    WITH RECURSIVE subtree AS (
      SELECT id, NOT inherits AS is_private FROM nodes WHERE id = ${id}
      UNION ALL
      SELECT nodes.id, subtree.is_private OR NOT nodes.inherits
      FROM subtree JOIN nodes ON nodes.parent_id = subtree.id
      WHERE ${trashed === 'everything'} OR subtree.is_private OR nodes.trashed_at IS NULL
    )
    SELECT id FROM subtree LIMIT ${limit === undefined ? null : limit + 1}
  `.execute(tx)
  return rows.map((row) => row.id)
}
