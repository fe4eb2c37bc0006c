import type { NodeId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { changeNodes, type NodeWriter } from '../nodes/node-writer.ts'
import { finalAgeMs, selectKept, type KeptCandidate, type RetentionPolicy } from './select-kept.ts'
import { settlePrune } from './version-prunes.ts'

export interface PruneOptions {
  readonly db: Database
  readonly clock: Clock
  readonly policy: RetentionPolicy
}

interface Candidate extends KeptCandidate {
  readonly sizeBytes: number
}

/**
 * Removes the versions of a file that the policy does not keep, in a transaction that has the file for itself;
 * gives how many. Their contents are collected when nothing else names them.
 */
export async function pruneVersions(
  { db, clock, policy }: PruneOptions,
  nodeId: NodeId,
): Promise<number> {
  return changeNodes(db, clock, async (writer) => {
    const row = (await writer.lockAll([nodeId])).get(nodeId)
    // Purged since, and its versions with it.
    if (!row) return 0
    const now = clock.now()
    const versions = await listCandidates(writer, nodeId)
    if (versions.length === 0) return 0
    const kept = selectKept(versions, now, policy)
    const removed = versions.filter(({ number }) => !kept.has(number))
    const numbers = removed.map(({ number }) => number).toSorted((one, other) => one - other)
    if (numbers.length > 0) {
      await writer.tx
        .deleteFrom('versions')
        .where('node_id', '=', nodeId)
        .where(sql<boolean>`number = ANY(${numbers}::int[])`)
        .execute()
      writer.charges.add(row.space_id, -removed.reduce((sum, each) => sum + each.sizeBytes, 0))
      const payload = { numbers }
      writer.tell({ type: 'version.pruned', spaceId: row.space_id, nodeId, payload })
    }
    const finalBefore = now.getTime() - finalAgeMs(policy)
    const isFinal = ({ number, createdAt, isPinned }: Candidate) =>
      isPinned || !kept.has(number) || createdAt.getTime() <= finalBefore
    await settlePrune(writer.tx, nodeId, { now, isOver: versions.every(isFinal) })
    return numbers.length
  })
}

/**
 * What the file holds is the last version of its bytes. Of conflicts those that a person has decided are
 * over; the others may be decided again.
 */
async function listCandidates({ tx }: NodeWriter, nodeId: NodeId): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    SELECT versions.number, versions.size_bytes AS "sizeBytes", versions.created_at AS "createdAt",
      versions.name IS NOT NULL OR coalesce(versions.sha256 = nodes.sha256, false) OR EXISTS (
        SELECT FROM conflicts WHERE conflicts.node_id = versions.node_id
          AND conflicts.resolved_by IS NULL
          AND versions.number IN (
            (conflicts.mine->>'version')::int, (conflicts.theirs->>'version')::int)
      ) AS "isPinned"
    FROM versions JOIN nodes ON nodes.id = versions.node_id
    WHERE versions.node_id = ${nodeId}`.execute(tx)
  return rows
}
