import type { TestServer } from './test-server.ts'

/** Holds the lock that the next append to a document needs, until it is released. */
export async function blockAppends(
  server: TestServer,
  nodeId: string,
): Promise<{ release(): Promise<void> }> {
  const client = await server.db.database.pool.connect()
  await client.query('BEGIN')
  await client.query('SELECT FROM documents WHERE id = $1 FOR UPDATE', [nodeId])
  return {
    async release() {
      await client.query('ROLLBACK')
      client.release()
    },
  }
}
