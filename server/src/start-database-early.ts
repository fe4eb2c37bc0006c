import { setTimeout as pause } from 'node:timers/promises'
import { openEmbeddedPostgres } from '#platform/db/embedded-postgres/embedded-postgres.ts'
import type { ServerConfig } from './config/config.ts'
import { openLog } from './open-log.ts'

/** In which PostgreSQL's first process is started: nothing goes on while modules are loaded. */
const headStartMs = 30

/**
 * Has the embedded PostgreSQL start, in processes of its own, while the modules of the server are loaded, which takes
 * about as long. It is held until what this gives is disposed of. What goes wrong is for the server to find, and to say.
 */
export async function startDatabaseEarly(config: ServerConfig): Promise<AsyncDisposable> {
  const { database } = config
  if (database.kind !== 'embedded') return new AsyncDisposableStack()
  const opening = openEmbeddedPostgres({ dataDir: database.dataDir, log: openLog(config) })
  const held = opening.catch(() => undefined)
  await Promise.race([held, pause(headStartMs)])
  return {
    async [Symbol.asyncDispose]() {
      await (await held)?.[Symbol.asyncDispose]()
    },
  }
}
