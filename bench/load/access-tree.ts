import type { LoneAccess } from '@cloudsync/server/testing/lone-access'

export interface AccessTreeSize {
  readonly nodes: number
  readonly users: number
  readonly levels: number
}

/** Ids that the database and we can tell from a number. */
const idOf = (kind: string, number: string) => `md5('${kind}' || ${number})::uuid`

/**
 * A space in which every user is a member and belongs to three of a hundred groups. Every thousandth folder is shared
 * with somebody or with a group, and every ten thousandth is private. Fifty lie in each folder that has any.
 */
export async function fillAccessTree(
  { db, newSpace }: Pick<LoneAccess, 'db' | 'newSpace'>,
  { nodes, users, levels }: AccessTreeSize,
): Promise<void> {
  const { pool } = db
  await pool.query(
    `INSERT INTO users (id, email, name, color)
     SELECT ${idOf('user', 'n')}, n || '@example.com', 'Somebody', '#000' FROM generate_series(1, $1) n`,
    [users],
  )
  const { rows } = await pool.query<{ id: string }>(`SELECT ${idOf('user', '1')} AS id`)
  const space = await newSpace(rows[0]?.id ?? '')
  const perLevel = Math.floor(nodes / levels)
  await pool.query(
    `INSERT INTO nodes (id, space_id, parent_id, name, name_key, kind, rev, inherits)
     SELECT ${idOf('node', 'n')}, $1::uuid,
       CASE WHEN n <= $3 THEN $2::uuid ELSE ${idOf('node', '(n - $3 - (n - 1) % 50)')} END,
       'n' || n, 'n' || n, 'folder', n + 1, n % 10000 <> 0
     FROM generate_series(1, $4::int) n`,
    [space.id, space.rootId, perLevel, perLevel * levels],
  )
  await pool.query(`
    INSERT INTO groups (id, name) SELECT ${idOf('group', 'n')}, 'group ' || n FROM generate_series(1, 100) n`)
  await pool.query(
    `INSERT INTO group_members (group_id, user_id)
     SELECT ${idOf('group', '((n * 7 + k * 31) % 100 + 1)')}, ${idOf('user', 'n')}
     FROM generate_series(1, $1) n, generate_series(0, 2) k`,
    [users],
  )
  const grant = `INSERT INTO grants (id, space_id, node_id, user_id, group_id, role, created_by)`
  await pool.query(
    `${grant} SELECT gen_random_uuid(), $1::uuid, $2::uuid, ${idOf('user', 'n')}, NULL,
       CASE n % 3 WHEN 0 THEN 'viewer' WHEN 1 THEN 'editor' ELSE 'manager' END, ${idOf('user', '1')}
     FROM generate_series(2, $3) n`,
    [space.id, space.rootId, users],
  )
  await pool.query(
    `${grant} SELECT gen_random_uuid(), $1::uuid, ${idOf('node', 'n')},
       CASE WHEN n % 2000 = 0 THEN ${idOf('user', '(n / 1000 % $2 + 1)')} END,
       CASE WHEN n % 2000 <> 0 THEN ${idOf('group', '(n / 1000 % 100 + 1)')} END,
       'editor', ${idOf('user', '2')}
     FROM generate_series(1000, $3::int, 1000) n`,
    [space.id, users, perLevel * levels],
  )
  await pool.query('ANALYZE users, nodes, grants, groups, group_members')
}

/** The ids of users, or of nodes of the lowest level, spread over all of them. */
export async function pickIds(
  { db }: Pick<LoneAccess, 'db'>,
  of: 'user' | 'node',
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): Promise<string[]> {
  const step = Math.max(1, Math.floor((to - from) / count))
  const { rows } = await db.pool.query<{ id: string }>(
    `SELECT ${idOf(of, 'n')} AS id FROM generate_series($1::int, $2::int, $3::int) n LIMIT $4`,
    [from, to, step, count],
  )
  return rows.map((row) => row.id)
}
