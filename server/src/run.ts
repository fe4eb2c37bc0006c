import { parseConfig } from './config/config.ts'
import { readEnv } from './config/env.ts'
import { explain } from './explain.ts'
import type { CloudSyncServer } from './server.ts'
import { startDatabaseEarly } from './start-database-early.ts'

/** Starts CloudSync from the environment, and stops it when it is told to. */
export async function run(): Promise<void> {
  try {
    const config = parseConfig(readEnv())
    const database = await startDatabaseEarly(config)
    const { openServer } = await import('./server.ts')
    const server = await openServer(config, { held: database })
    process.stdout.write(server.banner)
    stopOnSignals(server)
  } catch (error) {
    process.stderr.write(`CloudSync could not start. ${explain(error)}\n`)
    process.exit(1)
  }
}

function stopOnSignals(server: CloudSyncServer): void {
  const stop = (signal: NodeJS.Signals) => {
    // A second signal does not wait.
    process.once(signal, () => process.exit(1))
    server[Symbol.asyncDispose]().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`CloudSync did not stop cleanly. ${explain(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
