import type {
  CustomRoleId,
  GrantId,
  GroupId,
  NodeId,
  Role,
  SpaceId,
  UserId,
} from '@cloudsync/protocol'
import type { Selectable, Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '#platform/clock.ts'
import { CommitOutcomeUnknownError } from '#platform/db/database-errors.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { GrantsTable } from '#platform/db/tables/access-tables.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { readAccess } from './access-reader.ts'
import type { Access, AccessNotifier } from './access.ts'
import { grantedBy } from './decide.ts'
import {
  decidePutGrant,
  decideRemoveGrant,
  type ExistingGrant,
  type GrantDecision,
} from './grant-rules.ts'
import { noPermissions, permissionSet, type PermissionSet } from './permission-set.ts'

export type GrantRow = Selectable<GrantsTable>

export interface NewGrant {
  readonly callerId: UserId
  readonly nodeId: NodeId
  readonly subject: { readonly userId: UserId } | { readonly groupId: GroupId }
  readonly role: Role | undefined
  readonly customRoleId: CustomRoleId | undefined
  readonly expiresAt: Date | null
}

export interface GrantRef {
  readonly callerId: UserId
  readonly nodeId: NodeId
  readonly grantId: GrantId
}

export interface GrantsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access & AccessNotifier
}

/** A node whose grants stay as they are until the commit. */
interface HeldNode {
  readonly nodeId: NodeId
  readonly spaceId: SpaceId
  readonly isRoot: boolean
  readonly caller: PermissionSet | undefined
}

/** Changes who was given what. The caller's right is judged in the transaction of the change. */
export class Grants {
  readonly #options: GrantsOptions

  constructor(options: GrantsOptions) {
    this.#options = options
  }

  /** Gives somebody a role on a node, or another one. Throws `not_found`, `forbidden` and `bad_request`. */
  put(grant: NewGrant): Promise<GrantRow> {
    const { callerId, nodeId, subject, expiresAt } = grant
    const subjectId = 'userId' in subject ? subject.userId : subject.groupId
    return this.#change(async (tx) => {
      const node = await this.#hold(tx, callerId, nodeId)
      const { role, customRoleId, permissions } = await findRole(tx, grant)
      const existing = await findGrant(tx, nodeId, { subjectId })
      refuse(
        decidePutGrant(
          {
            ...node,
            existing: existing && (await describe(tx, existing, callerId)),
            isSelf: subjectId === callerId,
            callerAtItsEnd: await findCallerAtItsEnd(tx, node, grant),
          },
          {
            permissions,
            isOwner: role === 'owner',
            isPersonal: 'userId' in subject && expiresAt === null,
          },
        ),
      )
      const columns = {
        role,
        custom_role_id: customRoleId,
        created_by: callerId,
        expires_at: expiresAt,
      }
      const row = await tx
        .insertInto('grants')
        .values({
          id: uuidv7() as GrantId,
          space_id: node.spaceId,
          node_id: nodeId,
          ...('userId' in subject ? { user_id: subject.userId } : { group_id: subject.groupId }),
          ...columns,
        })
        .onConflict((conflict) => conflict.columns(['node_id', 'subject_id']).doUpdateSet(columns))
        .returningAll()
        .executeTakeFirstOrThrow()
      const type = existing ? 'grant.changed' : 'grant.added'
      await appendEvent(tx, eventOf(type, row, callerId))
      return row
    })
  }

  /** Takes a role back, or gives up one's own. Throws as `put`. */
  async remove({ callerId, nodeId, grantId }: GrantRef): Promise<void> {
    await this.#change(async (tx) => {
      const node = await this.#hold(tx, callerId, nodeId)
      const row = await findGrant(tx, nodeId, { grantId })
      const existing = row && (await describe(tx, row, callerId))
      refuse(decideRemoveGrant({ ...node, existing, isSelf: row?.user_id === callerId }))
      if (!row) throw new ProblemError('not_found')
      await tx.deleteFrom('grants').where('id', '=', row.id).execute()
      await appendEvent(tx, eventOf('grant.removed', row, callerId))
      return row
    })
  }

  /** Those who follow access look again after each commit, also when nobody knows whether it happened. */
  async #change(work: (tx: Transaction<Schema>) => Promise<GrantRow>): Promise<GrantRow> {
    const { access, db } = this.#options
    try {
      const row = await inTransaction(db, work)
      access.notifyAccessChanged({ spaceId: row.space_id, userId: row.user_id ?? undefined })
      return row
    } catch (error) {
      if (error instanceof CommitOutcomeUnknownError) access.notifyAccessChanged({})
      throw error
    }
  }

  /**
   * Whoever changes grants in a space holds its row, so that one change sees what the one before has left. A
   * statement of its own: one that waited for a lock sees other rows as they were before it waited.
   */
  async #hold(tx: Transaction<Schema>, callerId: UserId, nodeId: NodeId): Promise<HeldNode> {
    const node = await tx
      .selectFrom('nodes')
      .innerJoin('spaces', 'spaces.id', 'nodes.space_id')
      .select(['nodes.space_id', 'nodes.parent_id'])
      .where('nodes.id', '=', nodeId)
      .forNoKeyUpdate('spaces')
      .executeTakeFirst()
    if (!node) throw new ProblemError('not_found')
    const found = await this.#options.access.listAccessIn(tx, callerId, [nodeId])
    return {
      nodeId,
      spaceId: node.space_id,
      isRoot: node.parent_id === null,
      caller: found.get(nodeId)?.permissions,
    }
  }
}

/** The end of a grant that has none. */
const never = new Date(8.64e15)

/**
 * Shares are never more than their maker has at any time, but what is granted on a root counts whatever becomes of
 * who gave it: by a group of theirs a manager for a week would be one for good.
 */
async function findCallerAtItsEnd(
  tx: Transaction<Schema>,
  { nodeId, isRoot }: HeldNode,
  { callerId, subject, expiresAt }: NewGrant,
): Promise<PermissionSet | undefined> {
  if (!isRoot || !('groupId' in subject)) return undefined
  const membership = await tx
    .selectFrom('group_members')
    .select('user_id')
    .where('group_id', '=', subject.groupId)
    .where('user_id', '=', callerId)
    .executeTakeFirst()
  if (!membership) return undefined
  const lastMoment = new Date((expiresAt ?? never).getTime() - 1)
  const found = await readAccess(tx, callerId, [nodeId], lastMoment)
  return found.get(nodeId)?.access.permissions ?? noPermissions
}

async function findRole(
  tx: Transaction<Schema>,
  { role, customRoleId }: Pick<NewGrant, 'role' | 'customRoleId'>,
) {
  if (role !== undefined)
    return { role, customRoleId: null, permissions: grantedBy(role, undefined) }
  const custom =
    customRoleId &&
    (await tx
      .selectFrom('custom_roles')
      .selectAll()
      .where('id', '=', customRoleId)
      .forShare()
      .executeTakeFirst())
  if (!custom) throw new ProblemError('not_found', { detail: 'There is no such role' })
  const { id, counts_as: countsAs, permissions } = custom
  return { role: countsAs, customRoleId: id, permissions: permissionSet(permissions) }
}

async function findGrant(
  tx: Transaction<Schema>,
  nodeId: NodeId,
  by: { readonly subjectId: string } | { readonly grantId: GrantId },
): Promise<GrantRow | undefined> {
  const query = tx.selectFrom('grants').selectAll().where('node_id', '=', nodeId)
  return 'grantId' in by
    ? query.where('id', '=', by.grantId).executeTakeFirst()
    : query.where('subject_id', '=', by.subjectId).executeTakeFirst()
}

async function describe(
  tx: Transaction<Schema>,
  row: GrantRow,
  callerId: UserId,
): Promise<ExistingGrant> {
  const custom =
    row.custom_role_id &&
    (await tx
      .selectFrom('custom_roles')
      .select('permissions')
      .where('id', '=', row.custom_role_id)
      .executeTakeFirst())
  const owners = await tx
    .selectFrom('grants')
    .select('id')
    .where('node_id', '=', row.node_id)
    .where('role', '=', 'owner')
    .execute()
  return {
    permissions: grantedBy(row.role, custom ? permissionSet(custom.permissions) : undefined),
    isOwner: row.role === 'owner',
    isMakers: row.created_by === callerId,
    hasOtherOwner: owners.some(({ id }) => id !== row.id),
  }
}

function eventOf(
  type: 'grant.added' | 'grant.changed' | 'grant.removed',
  row: GrantRow,
  actorId: UserId,
) {
  return {
    type,
    spaceId: row.space_id,
    nodeId: row.node_id,
    actorId,
    payload: {
      grantId: row.id,
      userId: row.user_id,
      groupId: row.group_id,
      role: row.role,
      customRoleId: row.custom_role_id,
      expiresAt: row.expires_at,
    },
  }
}

function refuse(decision: GrantDecision): void {
  if (decision.kind === 'allowed') return
  const detail = 'detail' in decision ? decision.detail : undefined
  throw new ProblemError(decision.kind, detail === undefined ? {} : { detail })
}
