import type { NodeId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import { withCommit } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'

/**
 * Counts what the history of documents has grown by, or shrunk, for the spaces of its files; that of folders
 * counts for nobody. The last statement of its transaction, which it commits: nobody waits longer than that for the
 * spaces, and for the nodes that are held in them. Never refused: what was typed is there already.
 */
export async function chargeHistory(
  tx: Kysely<Schema>,
  changes: readonly { readonly nodeId: NodeId; readonly bytes: number }[],
): Promise<void> {
  await sql`${withCommit}
    WITH held AS (
      SELECT nodes.space_id, change.bytes FROM nodes JOIN unnest(
        ${changes.map(({ nodeId }) => nodeId)}::uuid[], ${changes.map(({ bytes }) => bytes)}::bigint[]
      ) AS change (node_id, bytes) ON change.node_id = nodes.id
      WHERE nodes.kind <> 'folder' ORDER BY nodes.id FOR KEY SHARE OF nodes
    ), charged AS (
      SELECT space_id, sum(bytes)::bigint AS bytes FROM held GROUP BY space_id
    ), locked AS (
      SELECT spaces.id, charged.bytes FROM spaces JOIN charged ON charged.space_id = spaces.id
      ORDER BY spaces.id FOR NO KEY UPDATE OF spaces
    )
    UPDATE spaces SET used_bytes = used_bytes + locked.bytes FROM locked WHERE spaces.id = locked.id
  `.execute(tx)
}
