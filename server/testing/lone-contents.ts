import { openBlobStore } from '@cloudsync/storage'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { contentKeysOf, openContents, type Contents } from '#features/contents/index.ts'
import { systemClock } from '#platform/clock.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { migrate } from '#platform/db/migrate.ts'
import { migrations } from '#platform/db/migrations/index.ts'
import { openKeyRing } from '#platform/keys/key-ring.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'
import { parseConfig } from '../src/config/config.ts'
import { readEnv } from '../src/config/env.ts'

export interface LoneContents extends AsyncDisposable {
  readonly contents: Contents
  readonly db: Database
}

/**
 * The content store of a server on `dataDir`, with its embedded database and its files as they are by
 * default, and nothing else of the server. Nothing is collected.
 */
export async function openLoneContents(dataDir: string): Promise<LoneContents> {
  await using stack = new AsyncDisposableStack()
  const config = parseConfig(readEnv({ DATA_DIR: dataDir }))
  const log = pino({ level: 'error' })
  const db = stack.use(await openDatabase(config.database, log))
  await migrate(db, migrations, log)
  const keys = contentKeysOf(await openKeyRing(db, new MasterKeyFile(config.masterKey)))
  const store = stack.use(await openBlobStore(config.storage))
  const parts = { db, store, keys, clock: systemClock, log, metrics: new Registry() }
  const { contents } = stack.use(openContents(parts))
  const running = stack.move()
  return { contents, db, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
