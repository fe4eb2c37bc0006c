import { sha256ToBytes } from '@cloudsync/storage'
import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { ContentName } from '#features/contents/index.ts'
import { isForeignKeyViolation } from '#platform/db/database-errors.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { NodeWriter } from '../nodes/node-writer.ts'

const reason = 'upload' as const

export interface FirstVersion extends ContentName {
  readonly nodeId: NodeId
  readonly spaceId: SpaceId
}

/**
 * Writes the first version of each of many blobs, which are made in the same transaction, so that nobody
 * else can number a version of theirs. Their bytes are counted already. Throws as `insertVersion`.
 */
export async function insertFirstVersions(
  nodes: NodeWriter,
  versions: readonly FirstVersion[],
  { actorId, now }: { readonly actorId: UserId; readonly now: Date },
): Promise<void> {
  if (versions.length === 0) return
  const rows = versions.map(({ nodeId, spaceId, sha256, sizeBytes }) => ({
    node_id: nodeId,
    space_id: spaceId,
    number: 1,
    name: null,
    reason,
    sha256: sha256ToBytes(sha256),
    size_bytes: sizeBytes,
    epoch: null,
    seq: null,
    author_id: actorId,
    created_at: now,
  }))
  try {
    await nodes.tx.insertInto('versions').values(rows).execute()
  } catch (cause) {
    if (!isForeignKeyViolation(cause, 'versions_content')) throw cause
    throw new ProblemError('unavailable', { cause })
  }
  for (const { nodeId, spaceId } of versions)
    nodes.tell({
      type: 'version.created',
      spaceId,
      nodeId,
      actorId,
      payload: { number: 1, name: null, reason },
    })
}
