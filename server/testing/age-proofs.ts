import { sql } from 'kysely'
import type { TestServer } from './test-server.ts'

/** A quarter of an hour passes for everybody since they have shown who they are. */
export async function ageProofs({ db }: TestServer): Promise<void> {
  await sql`UPDATE sessions SET proven_at = proven_at - interval '15 minutes'`.execute(
    db.database.kysely,
  )
}
