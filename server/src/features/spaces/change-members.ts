import type { SpaceId, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { AccessNotifier } from '#features/access/index.ts'
import { CommitOutcomeUnknownError } from '#platform/db/database-errors.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'

export interface MemberRef {
  readonly spaceId: SpaceId
  /** Who makes the change. */
  readonly callerId: UserId
  /** Whose membership changes. */
  readonly userId: UserId
}

export interface MemberChanges {
  readonly db: Database
  readonly access: AccessNotifier
}

/** Those who follow access look again after each commit, also when nobody knows whether it happened. */
export async function changeMembers(
  { db, access }: MemberChanges,
  { userId, spaceId }: MemberRef,
  work: (tx: Transaction<Schema>) => Promise<void>,
): Promise<void> {
  const notify = () => access.notifyAccessChanged({ userId, spaceId })
  try {
    await inTransaction(db, work)
  } catch (error) {
    if (error instanceof CommitOutcomeUnknownError) notify()
    throw error
  }
  notify()
}
