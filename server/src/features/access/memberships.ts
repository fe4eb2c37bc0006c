import type { GrantId, NodeId, Role, SpaceId, UserId } from '@cloudsync/protocol'
import { roles } from '@cloudsync/protocol'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Schema } from '#platform/db/schema.ts'
import { grantedBy } from './decide.ts'
import { permissionSet, type PermissionSet } from './permission-set.ts'

/** Who belongs to a space has a grant on its root folder. */
export interface MembershipRef {
  readonly spaceId: SpaceId
  readonly rootId: NodeId
  readonly userId: UserId
}

/** A member by a grant of their own; `role` of a custom one is what it counts as. */
export interface Membership {
  readonly userId: UserId
  readonly role: Role
  readonly permissions: PermissionSet
  /** Whether it is a built-in role for good. */
  readonly isPlain: boolean
}

/** The roots of the spaces that a user belongs to, by themselves or by a group, with the greatest role there. */
export function membershipsOf(
  userId: UserId,
): RawBuilder<{ readonly root_id: NodeId; readonly role: Role }> {
  return sql`(
    SELECT DISTINCT ON (grants.node_id) grants.node_id AS root_id, grants.role
    FROM grants JOIN spaces ON spaces.root_id = grants.node_id
    WHERE (grants.subject_id = ${userId}
        OR grants.subject_id IN (SELECT group_id FROM group_members WHERE user_id = ${userId}))
      AND (grants.expires_at IS NULL OR grants.expires_at > now())
    ORDER BY grants.node_id, array_position(${[...roles]}::text[], grants.role) DESC)`
}

export async function findMembership(
  db: Kysely<Schema>,
  { rootId, userId }: MembershipRef,
): Promise<Membership | undefined> {
  const row = await selectMembers(db, rootId).where('user_id', '=', userId).executeTakeFirst()
  return row && presentMembership(row)
}

/** A page of those who are members by themselves, in the order of their ids. */
export async function listMemberships(
  db: Kysely<Schema>,
  rootId: NodeId,
  page: { readonly after: UserId | undefined; readonly limit: number },
): Promise<Membership[]> {
  let select = selectMembers(db, rootId).orderBy('user_id').limit(page.limit)
  if (page.after !== undefined) select = select.where('user_id', '>', page.after)
  return (await select.execute()).map(presentMembership)
}

/** Gives a member a role, or another one. */
export async function putMembership(
  tx: Kysely<Schema>,
  { spaceId, rootId, userId }: MembershipRef,
  { role, makerId }: { readonly role: Role; readonly makerId: UserId },
): Promise<void> {
  await tx
    .insertInto('grants')
    .values({
      id: uuidv7() as GrantId,
      space_id: spaceId,
      node_id: rootId,
      user_id: userId,
      role,
      created_by: makerId,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['node_id', 'subject_id'])
        .doUpdateSet({ role, custom_role_id: null, expires_at: null, created_by: makerId }),
    )
    .execute()
}

export async function removeMembership(
  tx: Kysely<Schema>,
  { rootId, userId }: MembershipRef,
): Promise<void> {
  await tx
    .deleteFrom('grants')
    .where('node_id', '=', rootId)
    .where('user_id', '=', userId)
    .execute()
}

function selectMembers(db: Kysely<Schema>, rootId: NodeId) {
  return db
    .selectFrom('grants')
    .select((select) => [
      select.ref('user_id').$notNull().as('userId'),
      'role',
      sql<boolean>`custom_role_id IS NULL AND expires_at IS NULL`.as('isPlain'),
      sql<
        readonly string[] | null
      >`(SELECT permissions FROM custom_roles WHERE id = custom_role_id)`.as('ofCustomRole'),
    ])
    .where('node_id', '=', rootId)
    .where('user_id', 'is not', null)
    .where((where) =>
      where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]),
    )
}

interface MemberRow extends Omit<Membership, 'permissions'> {
  readonly ofCustomRole: readonly string[] | null
}

function presentMembership({ ofCustomRole, ...row }: MemberRow): Membership {
  const custom = ofCustomRole === null ? undefined : permissionSet(ofCustomRole)
  return { ...row, permissions: grantedBy(row.role, custom) }
}
