import { parseConfig } from './config/config.ts'
import { ConfigError, readEnv } from './config/env.ts'
import { openServer, type CloudSyncServer } from './server.ts'

/** Starts CloudSync from the environment, and stops it when it is told to. */
export async function run(): Promise<void> {
  try {
    const server = await openServer(parseConfig(readEnv()))
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

/** What a person can act upon needs no stack trace. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForPeople =
    error instanceof ConfigError || peopleErrors.has(error.name) || 'syscall' in error
  return isForPeople ? error.message : (error.stack ?? error.message)
}

const peopleErrors: ReadonlySet<string> = new Set([
  'DatabaseUnusableError',
  'EmbeddedPostgresError',
  'MigrationError',
  'StorageUrlError',
  'BlobStoreUnavailableError',
])
