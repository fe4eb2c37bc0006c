import { once } from 'node:events'
import { parseConfig } from './config/config.ts'
import { readEnv } from './config/env.ts'
import { openLog } from './open-log.ts'
import { openEmbeddedPostgres } from './platform/db/embedded-postgres/embedded-postgres.ts'

/**
 * Keeps the private PostgreSQL of `DATA_DIR` running until it is told to stop, so that it outlives each of
 * several servers that are its guests.
 */
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
const config = parseConfig(readEnv())
await using _postgres = await openEmbeddedPostgres({
  dataDir: config.dataDir,
  log: openLog(config),
})
await stopped
