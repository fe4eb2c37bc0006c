import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { putMembership } from '#features/access/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import { appendEvent } from '#platform/events.ts'

export interface NewSpace {
  readonly name: string
  readonly kind: 'personal' | 'team'
  readonly ownerId: UserId
  readonly defaults?: SpaceDefaults | undefined
}

/** What holds in a new space until somebody changes it. */
export interface SpaceDefaults {
  /** `null`: no limit. */
  readonly quotaBytes: number | null
  /** How long the trash keeps things. */
  readonly trashDays: number
}

/**
 * Makes a space with its root folder, the row of the root's folder document, and its owner as the
 * only member. Nobody else can see the space before the commit, so its first sequence number needs
 * no lock: the root is change 1.
 */
export async function createSpace(
  tx: Transaction<Schema>,
  space: NewSpace,
): Promise<{ id: SpaceId; rootId: NodeId }> {
  const id = uuidv7() as SpaceId
  const rootId = uuidv7() as NodeId
  const { name, kind, ownerId, defaults } = space
  await tx
    .insertInto('spaces')
    .values({
      id,
      name,
      kind,
      root_id: rootId,
      seq: 1,
      ...(defaults ? { quota_bytes: defaults.quotaBytes, trash_days: defaults.trashDays } : {}),
    })
    .execute()
  await tx
    .insertInto('nodes')
    .values({
      id: rootId,
      space_id: id,
      parent_id: null,
      name: '',
      name_key: '',
      kind: 'folder',
      size_bytes: null,
      media_type: null,
      rev: 1,
      created_by: ownerId,
      updated_by: ownerId,
    })
    .execute()
  await tx.insertInto('documents').values({ id: rootId }).execute()
  const owner = { spaceId: id, rootId, userId: ownerId }
  await putMembership(tx, owner, { role: 'owner', makerId: ownerId })
  await appendEvent(tx, {
    type: 'space.created',
    spaceId: id,
    nodeId: rootId,
    actorId: ownerId,
    payload: { name, kind },
  })
  return { id, rootId }
}
