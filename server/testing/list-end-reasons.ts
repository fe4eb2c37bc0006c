import { sql } from 'kysely'
import type { TestServer } from './test-server.ts'

/** Why sessions have ended, as the log of events says. */
export async function listEndReasons({ db }: TestServer): Promise<string[]> {
  const { rows } = await sql<{ reason: string }>`
    SELECT payload ->> 'reason' AS reason FROM events WHERE type = 'session.ended' ORDER BY id
  `.execute(db.database.kysely)
  return rows.map(({ reason }) => reason)
}
