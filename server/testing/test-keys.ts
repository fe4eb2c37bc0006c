import { join } from 'node:path'
import type { Database } from '#platform/db/database.ts'
import { openKeyRing, type KeyRing } from '#platform/keys/key-ring.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'

/** What test servers seal under: whoever checks their databases can read them. */
export const testMasterKeyFile = join(import.meta.dirname, 'test-master.key')

const source = new MasterKeyFile({ path: testMasterKeyFile, isMadeWhenMissing: false })

/** The keys of a database, with a first one where there is none. */
export function openTestKeys(database: Pick<Database, 'clientConfig'>): Promise<KeyRing> {
  return openKeyRing(database, source)
}
