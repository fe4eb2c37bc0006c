import type { Pool } from 'pg'
import * as Y from 'yjs'

/**
 * Makes texts in the first space as the server does (a node, its document, its first state as row 1 of
 * the log, the claim of that state's client ids), but thousands in one statement: the REST limit of a
 * user is 1,000 requests a minute.
 */
export async function insertTexts(
  database: Pool,
  count: number,
  state?: Uint8Array,
): Promise<string[]> {
  const made = await database.query<{ id: string }>(
    'SELECT uuidv7() AS id FROM generate_series(1, $1)',
    [count],
  )
  const ids = made.rows.map((row) => row.id)
  await database.query(
    `WITH space AS (
       UPDATE spaces SET seq = seq + $2
       WHERE id = (SELECT id FROM spaces ORDER BY created_at LIMIT 1)
       RETURNING id, root_id, seq
     ), made AS (
       INSERT INTO nodes (id, space_id, parent_id, name, name_key, kind, rev)
       SELECT one.id, space.id, space.root_id, one.id || '.md', one.id || '.md', 'text',
         space.seq - $2 + one.position
       FROM space, unnest($1::uuid[]) WITH ORDINALITY AS one (id, position)
       RETURNING id
     )
     INSERT INTO documents (id, seq) SELECT id, $3 FROM made`,
    [ids, count, state ? 1 : 0],
  )
  if (state) await insertStates(database, ids, state)
  return ids
}

async function insertStates(
  database: Pool,
  ids: readonly string[],
  state: Uint8Array,
): Promise<void> {
  await database.query(
    `INSERT INTO update_log (document_id, seq, author_id, payload)
     SELECT id, 1, NULL, $2::bytea FROM unnest($1::uuid[]) AS id`,
    [ids, state],
  )
  const clients = new Set(Y.decodeUpdate(state).structs.map((struct) => struct.id.client))
  await database.query(
    `INSERT INTO client_claims (document_id, client_id, owner)
     SELECT id, client, 'server' FROM unnest($1::uuid[]) AS id, unnest($2::bigint[]) AS client`,
    [ids, [...clients]],
  )
}
