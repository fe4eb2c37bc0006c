import { waitUntil } from './stock-clients.ts'
import type { TestServer } from './test-server.ts'

/** Keeps everybody from reading and writing a table, until it is released. */
export async function blockTable(
  server: TestServer,
  table: 'checkpoints' | 'client_claims' | 'version_dues',
): Promise<{ waitedFor(): Promise<void>; release(): Promise<void> }> {
  const { pool } = server.db.database
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  return {
    waitedFor: () =>
      waitUntil(`somebody waits for ${table}`, async () => {
        const { rowCount } = await pool.query(
          // In the databases of other tests the table has the same number.
          `SELECT FROM pg_locks WHERE NOT granted AND relation = $1::regclass
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          [table],
        )
        return rowCount !== 0
      }),
    async release() {
      await client.query('ROLLBACK')
      client.release()
    },
  }
}
