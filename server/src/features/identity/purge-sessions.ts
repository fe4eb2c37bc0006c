import type { Database } from '#platform/db/database.ts'

const keptMs = 30 * 24 * 3600 * 1000

/**
 * Deletes what can no longer prove anything: refresh tokens past their time, and sessions and links that
 * have been over for a month. A used token is kept until it expires, so that its reuse is noticed.
 */
export async function purgeSessions(db: Database, now: Date): Promise<void> {
  const before = new Date(now.getTime() - keptMs)
  await db.kysely.deleteFrom('auth_challenges').where('expires_at', '<', now).execute()
  await db.kysely.deleteFrom('account_links').where('expires_at', '<', before).execute()
  await db.kysely.deleteFrom('refresh_tokens').where('expires_at', '<', now).execute()
  await db.kysely
    .deleteFrom('sessions')
    .where((or) => or.or([or('expires_at', '<', before), or('revoked_at', '<', before)]))
    .execute()
}
