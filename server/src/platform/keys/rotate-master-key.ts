import type { DatabaseClientConfig } from '../db/connection-pool.ts'
import {
  addDataKey,
  exclusively,
  listDataKeys,
  rewrapDataKey,
  type DataKeyClient,
} from './data-key-table.ts'
import { MasterKeyError } from './master-key.ts'
import type { MasterKeyFile } from './master-key-file.ts'

export interface RotationOptions {
  readonly clientConfig: DatabaseClientConfig
  readonly file: MasterKeyFile
  /** Where the next master key is. Default: it is made. */
  readonly newKeyFile?: string | undefined
  /** Whether what is written from now on is sealed with a data key that is new too. */
  readonly makesDataKey: boolean
  /** Whether the key before is deleted, which backups from before need. */
  readonly deletesOldKey: boolean
}

export interface Rotation {
  readonly oldFingerprint: string
  readonly newFingerprint: string
  /** Where the new key is: in its place, or still beside it where we may not write. */
  readonly keyPath: string
  /** How many data keys were wrapped anew. */
  readonly rewrapped: number
  readonly newDataKeyId: number | undefined
}

/**
 * Puts another master key in the place of the present one. In this order, each step on disk before the next:
 *
 *     the next key lies beside the present one            the database needs the present one
 *     all data keys are wrapped anew, in one transaction  it needs the next one
 *     the next key takes the place of the present one, which is kept
 *
 * Whoever starts finds the key that the database needs, wherever this was broken off, and the next start or
 * rotation ends it. Throws `MasterKeyError`.
 */
export function rotateMasterKey(options: RotationOptions): Promise<Rotation> {
  const { file } = options
  return exclusively(options.clientConfig, async (client) => {
    const rows = await listDataKeys(client)
    const oldFingerprint = rows[0]?.masterFingerprint
    if (oldFingerprint === undefined)
      throw new MasterKeyError('The database has no data keys yet: start the server once.')
    const old = await file.getKey(oldFingerprint)
    await file.settle(oldFingerprint)
    const next = await file.prepareNext(oldFingerprint, options.newKeyFile)
    const newDataKeyId = await inTransaction(client, async () => {
      for (const row of rows) await rewrapDataKey(client, row, old, next)
      return options.makesDataKey ? addDataKey(client, next) : undefined
    })
    await file.settle(next.fingerprint)
    if (options.deletesOldKey) await file.deleteOld(oldFingerprint)
    return {
      oldFingerprint,
      newFingerprint: next.fingerprint,
      keyPath: (await file.locate(next.fingerprint)).path,
      rewrapped: rows.length,
      newDataKeyId,
    }
  })
}

async function inTransaction<Result>(
  client: DataKeyClient,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('BEGIN')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}
