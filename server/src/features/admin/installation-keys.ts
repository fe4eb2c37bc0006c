import type { InstallationKeys } from '@cloudsync/protocol'
import { listSigningKeys } from '#features/identity/index.ts'
import type { Database } from '#platform/db/database.ts'

/** Names, ages and fingerprints; no key, wrapped or not, leaves the database here. */
export async function listInstallationKeys(db: Database, now: Date): Promise<InstallationKeys> {
  const dataKeys = await db.kysely
    .selectFrom('data_keys')
    .select(['id', 'created_at', 'is_current', 'master_fingerprint'])
    .orderBy('id')
    .execute()
  const signingKeys = await listSigningKeys(db.kysely, now)
  return {
    signingKeys: signingKeys.map(({ kid, createdAt, signsFrom, ...key }) => ({
      ...key,
      id: kid,
      createdAt: createdAt.toISOString(),
      signsFrom: signsFrom.toISOString(),
    })),
    dataKeys: dataKeys.map((row) => ({
      id: row.id,
      createdAt: row.created_at.toISOString(),
      isCurrent: row.is_current,
      masterFingerprint: row.master_fingerprint,
    })),
  }
}
