import { sql } from 'kysely'
import type { Database } from '#platform/db/database.ts'

/** Deletes what has expired, and grants that are over with all their tokens. */
export async function purgeRecords(db: Database, now: Date): Promise<void> {
  await db.kysely.deleteFrom('oauth_records').where('expires_at', '<', now).execute()
  await db.kysely.deleteFrom('external_sign_ins').where('expires_at', '<', now).execute()
  await sql`
    DELETE FROM oauth_grants g USING sessions session
    WHERE session.id = g.session_id AND (session.revoked_at IS NOT NULL OR session.expires_at < ${now})
  `.execute(db.kysely)
}
