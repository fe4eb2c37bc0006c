import { sql, type Kysely } from 'kysely'
import { withNext } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeRow } from './node-reader.ts'

/** The columns of a new row; the others begin as the table says, and `newRow` knows how. */
const columns = [
  ['id', 'uuid'],
  ['space_id', 'uuid'],
  ['parent_id', 'uuid'],
  ['name', 'text'],
  ['name_key', 'text'],
  ['kind', 'text'],
  ['touched_seq', 'bigint'],
  ['bom', 'boolean'],
  ['line_ending', 'text'],
  ['size_bytes', 'bigint'],
  ['media_type', 'text'],
  ['sha256', 'bytea'],
  ['mode', 'text'],
  ['rev', 'bigint'],
  ['created_at', 'timestamptz'],
  ['created_by', 'uuid'],
  ['updated_at', 'timestamptz'],
  ['updated_by', 'uuid'],
] as const satisfies readonly (readonly [keyof NodeRow, string])[]

const names = sql.join(columns.map(([name]) => sql.ref(name)))

/** By one statement of one text, however many there are, so that it is prepared. */
export async function insertRows(tx: Kysely<Schema>, rows: readonly NodeRow[]): Promise<void> {
  const values = columns.map(
    ([name, type]) => sql`${rows.map((row) => row[name])}::${sql.raw(type)}[]`,
  )
  await sql`${withNext} INSERT INTO nodes (${names})
    SELECT * FROM unnest(${sql.join(values)})`.execute(tx)
}
