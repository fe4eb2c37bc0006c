import type { InstallationKeys, SigningKeyItem } from '@cloudsync/protocol'
import type { Database } from '#platform/db/database.ts'

/** Names, ages and fingerprints; no key, wrapped or not, leaves the database here. */
export async function listInstallationKeys(db: Database, now: Date): Promise<InstallationKeys> {
  const dataKeys = await db.kysely
    .selectFrom('data_keys')
    .select(['id', 'created_at', 'is_current', 'master_fingerprint'])
    .orderBy('id')
    .execute()
  return {
    signingKeys: await listSigningKeys(db, now),
    dataKeys: dataKeys.map((row) => ({
      id: row.id,
      createdAt: row.created_at.toISOString(),
      isCurrent: row.is_current,
      masterFingerprint: row.master_fingerprint,
    })),
  }
}

/** Those that are published, in the order in which they sign. */
async function listSigningKeys(db: Database, now: Date): Promise<SigningKeyItem[]> {
  const keys = await db.kysely
    .selectFrom('signing_keys')
    .select(['kid', 'algorithm', 'created_at', 'signs_from'])
    .where('algorithm', '=', 'ES256')
    .orderBy('signs_from')
    .orderBy('kid')
    .execute()
  const current = keys.findLastIndex((key) => key.signs_from <= now)
  return keys.map((key, index) => ({
    id: key.kid,
    algorithm: key.algorithm,
    createdAt: key.created_at.toISOString(),
    signsFrom: key.signs_from.toISOString(),
    state: index > current ? 'next' : index === current ? 'current' : 'old',
  }))
}
