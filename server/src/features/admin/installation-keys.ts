import type { InstallationKeys, SigningKeyItem } from '@cloudsync/protocol'
import type { Database } from '#platform/db/database.ts'

/** Names, ages and fingerprints; no key, wrapped or not, leaves the database here. */
export async function listInstallationKeys(db: Database): Promise<InstallationKeys> {
  const dataKeys = await db.kysely
    .selectFrom('data_keys')
    .select(['id', 'created_at', 'is_current', 'master_fingerprint'])
    .orderBy('id')
    .execute()
  return {
    signingKeys: await listSigningKeys(db),
    dataKeys: dataKeys.map((row) => ({
      id: row.id,
      createdAt: row.created_at.toISOString(),
      isCurrent: row.is_current,
      masterFingerprint: row.master_fingerprint,
    })),
  }
}

/** Those that are published; the newest signs. */
async function listSigningKeys(db: Database): Promise<SigningKeyItem[]> {
  const keys = await db.kysely
    .selectFrom('signing_keys')
    .select(['kid', 'algorithm', 'created_at'])
    .where('algorithm', '=', 'ES256')
    .orderBy('created_at')
    .orderBy('kid')
    .execute()
  return keys.map(({ kid, algorithm, created_at: createdAt }, index) => ({
    id: kid,
    algorithm,
    createdAt: createdAt.toISOString(),
    state: index === keys.length - 1 ? 'current' : 'old',
  }))
}
