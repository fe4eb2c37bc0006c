import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { SealBrokenError, sealKeyBytes } from '@cloudsync/storage'
import type { DatabaseClientConfig } from '../db/connection-pool.ts'
import { sendNotice } from '../db/notices.ts'
import { MasterKeyError, type MasterKey } from './master-key.ts'

/** A data key as the database has it: wrapped by the master key with this fingerprint. */
export interface WrappedDataKey {
  readonly id: number
  readonly wrapped: Uint8Array
  readonly masterFingerprint: string
  readonly isCurrent: boolean
  readonly createdAt: Date
}

/** The notice that there are others, or that they are wrapped anew. */
export const dataKeysChanged = 'data_keys_changed'

export type DataKeyClient = Pick<pg.Client, 'query'>

/**
 * Runs `work` on a connection of its own: whoever needs a key may hold the last one of the pool. No other
 * `exclusively` is under way meanwhile, in any process.
 */
export function exclusively<Result>(
  config: DatabaseClientConfig,
  work: (client: DataKeyClient) => Promise<Result>,
): Promise<Result> {
  return withClient(config, async (client) => {
    // The end of the session frees it.
    await client.query("SELECT pg_advisory_lock(hashtextextended('cloudsync data keys', 0))")
    return work(client)
  })
}

export function readDataKeys(config: DatabaseClientConfig): Promise<WrappedDataKey[]> {
  return withClient(config, listDataKeys)
}

export async function listDataKeys(client: DataKeyClient): Promise<WrappedDataKey[]> {
  const { rows } = await client.query<WrappedDataKey>(
    `SELECT id, wrapped, master_fingerprint AS "masterFingerprint", is_current AS "isCurrent",
       created_at AS "createdAt" FROM data_keys ORDER BY id`,
  )
  return rows
}

/** Makes a data key, with which is sealed from now on. Gives its id. */
export async function addDataKey(client: DataKeyClient, master: MasterKey): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT nextval(pg_get_serial_sequence('data_keys', 'id'))::int AS id`,
  )
  const id = rows[0]?.id ?? 0
  const wrapped = await master.wrap(randomBytes(sealKeyBytes), contextOf(id))
  await client.query('UPDATE data_keys SET is_current = false WHERE is_current')
  await client.query(
    `INSERT INTO data_keys (id, wrapped, master_fingerprint, is_current) VALUES ($1, $2, $3, true)`,
    [id, wrapped, master.fingerprint],
  )
  await tellServers(client)
  return id
}

/** Wraps a data key anew; what is sealed with it stays as it is. */
export async function rewrapDataKey(
  client: DataKeyClient,
  key: WrappedDataKey,
  from: MasterKey,
  to: MasterKey,
): Promise<void> {
  const wrapped = await to.wrap(await unwrapDataKey(key, from), contextOf(key.id))
  await client.query('UPDATE data_keys SET wrapped = $2, master_fingerprint = $3 WHERE id = $1', [
    key.id,
    wrapped,
    to.fingerprint,
  ])
  await tellServers(client)
}

/** Throws `MasterKeyError` when the row is damaged. */
export async function unwrapDataKey(key: WrappedDataKey, master: MasterKey): Promise<Uint8Array> {
  try {
    return await master.unwrap(key.wrapped, contextOf(key.id))
  } catch (cause) {
    if (!(cause instanceof SealBrokenError)) throw cause
    throw new MasterKeyError(
      `Data key ${key.id} in the database is damaged: the master key ${master.fingerprint} does not open it. ` +
        `Restore the table data_keys from a backup.`,
      { cause },
    )
  }
}

/** A wrapped key in the place of another is noticed. */
function contextOf(id: number): Uint8Array {
  return Buffer.from(`data key ${id}`)
}

async function tellServers(client: DataKeyClient): Promise<void> {
  await sendNotice(client, { from: '', kind: dataKeysChanged, body: {} })
}

async function withClient<Result>(
  config: DatabaseClientConfig,
  work: (client: DataKeyClient) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ ...config, application_name: 'cloudsync keys' })
  // A broken connection fails the statement that is under way.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
