import type { GrantId, NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Schema } from '#platform/db/schema.ts'

/**
 * Leaves a folder that becomes private to whoever makes it so: by a grant to themselves, which is worth what
 * they have in the folder above.
 */
export async function keepForMaker(
  tx: Transaction<Schema>,
  folder: { readonly nodeId: NodeId; readonly spaceId: SpaceId },
  makerId: UserId,
): Promise<void> {
  const kept = {
    role: 'manager',
    custom_role_id: null,
    created_by: makerId,
    expires_at: null,
  } as const
  await tx
    .insertInto('grants')
    .values({
      id: uuidv7() as GrantId,
      space_id: folder.spaceId,
      node_id: folder.nodeId,
      user_id: makerId,
      ...kept,
    })
    .onConflict((conflict) => conflict.columns(['node_id', 'subject_id']).doUpdateSet(kept))
    .execute()
}
