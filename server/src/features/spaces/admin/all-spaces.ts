import type { AdminSpace, SpaceId, SpaceOrder } from '@cloudsync/protocol'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { containing } from '#platform/db/containing.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'

/** A space's place in an order. */
export interface SpacePosition {
  readonly key: string | number
  readonly id: SpaceId
}

export interface SpaceSearch {
  /** What the name contains, in any case; unset: all. */
  readonly text: string | undefined
  readonly order: SpaceOrder
  /** The last one seen. */
  readonly after: SpacePosition | undefined
  readonly limit: number
}

export interface FoundSpace {
  readonly space: AdminSpace
  readonly position: SpacePosition
}

/** By what spaces are ordered, and equal ones by age; a space without a quota is the least full. */
const orders: Readonly<
  Record<SpaceOrder, { readonly key: RawBuilder<string | number>; readonly isFalling: boolean }>
> = {
  created: { key: sql`0::bigint`, isFalling: false },
  name: { key: sql`lower(spaces.name) COLLATE "C"`, isFalling: false },
  used: { key: sql`spaces.used_bytes`, isFalling: true },
  full: {
    key: sql`CASE WHEN spaces.quota_bytes IS NULL THEN -1
      ELSE spaces.used_bytes::float8 / greatest(spaces.quota_bytes, 1) END`,
    isFalling: true,
  },
}

const adminColumns = [
  'spaces.id',
  'spaces.name',
  'spaces.kind',
  'spaces.created_at as createdAt',
  'spaces.used_bytes as usedBytes',
  'spaces.quota_bytes as quotaBytes',
  sql<number>`(
    SELECT count(*)::int FROM grants WHERE grants.node_id = spaces.root_id AND grants.user_id IS NOT NULL
      AND (grants.expires_at IS NULL OR grants.expires_at > now())
  )`.as('memberCount'),
] as const

/** A page of all spaces. */
export async function listAllSpaces(db: Database, search: SpaceSearch): Promise<FoundSpace[]> {
  const { text, order, after, limit } = search
  const { key, isFalling } = orders[order]
  let query = db.kysely
    .selectFrom('spaces')
    .select(adminColumns)
    .select(key.as('key'))
    .orderBy(key, isFalling ? 'desc' : 'asc')
    .orderBy('spaces.id')
    .limit(limit)
  if (text !== undefined) query = query.where('spaces.name', 'ilike', containing(text))
  if (after !== undefined) {
    const isBeyond = isFalling ? sql`${key} < ${after.key}` : sql`${key} > ${after.key}`
    query = query.where(
      sql<boolean>`(${isBeyond} OR (${key} = ${after.key} AND spaces.id > ${after.id}))`,
    )
  }
  return (await query.execute()).map(({ key: at, ...row }) => ({
    space: presentSpace(row),
    position: { key: at, id: row.id },
  }))
}

/** Gives the space, or `undefined` when there is none. */
export async function setQuota(
  db: Kysely<Schema>,
  spaceId: SpaceId,
  quotaBytes: number | null,
): Promise<AdminSpace | undefined> {
  const row = await db
    .updateTable('spaces')
    .set({ quota_bytes: quotaBytes })
    .where('id', '=', spaceId)
    .returning(adminColumns)
    .executeTakeFirst()
  return row && presentSpace(row)
}

type SpaceRow = Omit<AdminSpace, 'createdAt'> & { readonly createdAt: Date }

function presentSpace({ createdAt, ...space }: SpaceRow): AdminSpace {
  return { ...space, createdAt: createdAt.toISOString() }
}
