import { createHash } from 'node:crypto'
import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { readAccess } from './access-reader.ts'

/** A grant that somebody has in a space, or on which theirs rest. */
interface EpochGrant {
  /** What it is, and which version of its row. */
  readonly facts: string
  readonly nodeId: NodeId
  readonly isOwn: boolean
  readonly isShare: boolean
}

/**
 * A name for what somebody may see of a space, as far as it follows from grants, groups, roles and time. It is made of
 * the facts and not counted, so that nobody can forget to count, and so that it changes for those alone whom a change
 * concerns. Of members these are their grants on the root. Of others also the grants of those who shared with them, what
 * theirs come to where they were given, since a folder above may have moved, and which folders are private.
 */
export async function readAccessEpoch(
  db: Kysely<Schema>,
  userId: UserId,
  of: EpochOf,
): Promise<AccessEpoch> {
  const own = await readOwnGrants(db, userId, of)
  if (!own.some(({ isShare }) => isShare))
    return { epoch: hashOf(own.map(({ facts }) => facts)), isOfMember: true }
  // Of one moment: what is half of before a change and half of after it would be a third string.
  const facts = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((tx) => readShareFacts(tx, userId, of))
  return { epoch: hashOf(facts), isOfMember: false }
}

interface AccessEpoch {
  readonly epoch: string
  /** Whether it rests on grants to the person on the root alone, every change of which is told. */
  readonly isOfMember: boolean
}

interface EpochOf {
  readonly spaceId: SpaceId
  readonly rootId: NodeId
  readonly now: Date
}

function hashOf(facts: readonly string[]): string {
  return createHash('sha256').update(facts.join('\n')).digest('base64url').slice(0, 22)
}

async function readShareFacts(tx: Kysely<Schema>, userId: UserId, of: EpochOf): Promise<string[]> {
  const grants = await readGrants(tx, userId, of)
  const own = grants.filter(({ isOwn }) => isOwn).map(({ nodeId }) => nodeId)
  const found = await readAccess(tx, userId, own, of.now)
  const come = own.map((id) => {
    const access = found.get(id)?.access
    return `${id} ${access?.permissions} ${access?.isTrashed} ${access?.parentId}`
  })
  return [...grants.map(({ facts }) => facts), ...come, ...(await listPrivate(tx, of.spaceId))]
}

/** `xmin` tells one version of a row from the next. */
const grantFacts = sql`concat_ws(' ', grants.id, grants.xmin, node_id, subject_id, role, custom_roles.permissions)`

/** Those to the person and to their groups: all there is of members, at a fraction of what the makers of shares cost. */
async function readOwnGrants(
  db: Kysely<Schema>,
  userId: UserId,
  { spaceId, rootId, now }: EpochOf,
): Promise<Pick<EpochGrant, 'facts' | 'isShare'>[]> {
  const { rows } = await sql<Pick<EpochGrant, 'facts' | 'isShare'>>`
    SELECT ${grantFacts} AS facts, node_id <> ${rootId} OR link_id IS NOT NULL AS "isShare"
    FROM grants LEFT JOIN custom_roles ON custom_roles.id = custom_role_id
    WHERE space_id = ${spaceId} AND subject_id = ANY(ARRAY(
        SELECT ${userId}::uuid
        UNION ALL SELECT group_id FROM group_members WHERE user_id = ${userId}))
      AND (expires_at IS NULL OR expires_at > ${now})
    ORDER BY grants.id
  `.execute(db)
  return rows
}

/** Those to the person, with those of the makers of shares, and of theirs. */
async function readGrants(
  db: Kysely<Schema>,
  userId: UserId,
  { spaceId, rootId, now }: EpochOf,
): Promise<EpochGrant[]> {
  const { rows } = await sql<EpochGrant>`
    WITH RECURSIVE relevant AS (
      SELECT grants.id, created_by, node_id <> ${rootId} OR link_id IS NOT NULL AS is_share
      FROM grants WHERE space_id = ${spaceId} AND subject_id = ANY(ARRAY(
        SELECT ${userId}::uuid
        UNION ALL SELECT group_id FROM group_members WHERE user_id = ${userId}))
      UNION
      SELECT grants.id, grants.created_by, grants.node_id <> ${rootId} OR grants.link_id IS NOT NULL
      FROM relevant CROSS JOIN LATERAL (
        SELECT relevant.created_by AS id
        UNION ALL SELECT group_id FROM group_members WHERE user_id = relevant.created_by
      ) subject JOIN grants ON grants.subject_id = subject.id AND grants.space_id = ${spaceId}
      WHERE relevant.is_share
    )
    SELECT ${grantFacts} AS facts, node_id AS "nodeId", relevant.is_share AS "isShare",
      subject_id = ANY(ARRAY(
        SELECT ${userId}::uuid
        UNION ALL SELECT group_id FROM group_members WHERE user_id = ${userId})) AS "isOwn"
    FROM relevant JOIN grants ON grants.id = relevant.id
      LEFT JOIN custom_roles ON custom_roles.id = custom_role_id
    WHERE expires_at IS NULL OR expires_at > ${now}
    ORDER BY grants.id
  `.execute(db)
  return rows
}

async function listPrivate(db: Kysely<Schema>, spaceId: SpaceId): Promise<NodeId[]> {
  const rows = await db
    .selectFrom('nodes')
    .select('id')
    .where('space_id', '=', spaceId)
    .where('inherits', '=', false)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}
