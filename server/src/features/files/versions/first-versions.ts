import { sha256ToBytes } from '@cloudsync/storage'
import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { ContentName } from '#features/contents/index.ts'
import type { NodeWriter } from '../nodes/node-writer.ts'
import { insertVersionRows } from './version-rows.ts'

const reason = 'upload' as const

export interface FirstVersion extends ContentName {
  readonly nodeId: NodeId
  readonly spaceId: SpaceId
}

/**
 * Writes the first version of each of many blobs, which are made in the same transaction, so that nobody
 * else can number a version of theirs. Their bytes are counted already.
 */
export async function insertFirstVersions(
  nodes: NodeWriter,
  versions: readonly FirstVersion[],
  { actorId, now }: { readonly actorId: UserId; readonly now: Date },
): Promise<void> {
  if (versions.length === 0) return
  await insertVersionRows(
    nodes.tx,
    versions.map(({ nodeId, spaceId, sha256, sizeBytes }) => ({
      node_id: nodeId,
      space_id: spaceId,
      number: 1,
      name: null,
      reason,
      sha256: Buffer.from(sha256ToBytes(sha256)),
      size_bytes: sizeBytes,
      epoch: null,
      seq: null,
      author_id: actorId,
      contributor_ids: [],
      created_at: now,
    })),
  )
  for (const { nodeId, spaceId } of versions)
    nodes.tell({
      type: 'version.created',
      spaceId,
      nodeId,
      actorId,
      payload: { number: 1, name: null, reason },
    })
}
