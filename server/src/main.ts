import { ConfigError, readEnv } from './config/env.ts'
import { parseConfig } from './config/config.ts'
import { openServer } from './server.ts'

/** Starts CloudSync from the environment, and stops it when it is told to. */
async function main(): Promise<void> {
  const server = await openServer(parseConfig(readEnv()))
  process.stdout.write(server.banner)
  const stop = (signal: NodeJS.Signals) => {
    // A second signal does not wait.
    process.once(signal, () => process.exit(1))
    void server[Symbol.asyncDispose]().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : String((error as Error)?.stack ?? error)
  process.stderr.write(`CloudSync could not start. ${text}\n`)
  process.exit(1)
})
