import { readDataKeys, type WrappedDataKey } from '#platform/keys/data-key-table.ts'
import { MasterKeyError } from '#platform/keys/master-key.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'
import type { AdminCommand, AdminContext } from './admin-command.ts'
import { parseOptions } from './parse-options.ts'

/** Never shows a key. */
export const keysShow: AdminCommand = {
  name: 'keys show',
  summary: 'shows fingerprints, ids and ages of the keys, never a key',
  usage: `Shows which master key the database needs, whether it is there, and the data keys.

Usage: npm run admin -- keys show
`,
  parse(args) {
    parseOptions(args, {})
    return show
  },
}

async function show({ config, db, print }: AdminContext): Promise<void> {
  const keys = await readDataKeys(db.clientConfig)
  if (keys.length === 0) print('The database has no data keys yet: start the server once.')
  const file = new MasterKeyFile(config.masterKey)
  for (const fingerprint of new Set(keys.map((key) => key.masterFingerprint)))
    print(`master key  ${fingerprint}  ${await describePlace(file, fingerprint)}`)
  for (const key of keys) print(describe(key))
}

async function describePlace(file: MasterKeyFile, fingerprint: string): Promise<string> {
  try {
    return (await file.locate(fingerprint)).path
  } catch (error) {
    if (!(error instanceof MasterKeyError)) throw error
    return `is not there. ${error.message}`
  }
}

function describe({ id, createdAt, isCurrent }: WrappedDataKey): string {
  const days = Math.floor((Date.now() - createdAt.getTime()) / 86_400_000)
  const age = `${days} ${days === 1 ? 'day' : 'days'} old`
  return `data key ${id}  made ${createdAt.toISOString()}, ${age}${isCurrent ? ', current' : ''}`
}
