import type { TestServer } from './test-server.ts'

/** How many rows the update log holds of a document. */
export async function countLogRows({ db }: TestServer, nodeId: string): Promise<number> {
  const { rows } = await db.database.pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM update_log WHERE document_id = $1',
    [nodeId],
  )
  return rows[0]?.count ?? 0
}
