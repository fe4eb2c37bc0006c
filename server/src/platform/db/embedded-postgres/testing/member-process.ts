/**
 * A server process as far as the embedded PostgreSQL goes: `member-process.ts <dataDir>`. Says what
 * happens in lines of JSON on stdout, and leaves when its stdin ends.
 */
import { once } from 'node:events'
import { pino } from 'pino'
import { EmbeddedPostgresError } from '../embedded-postgres-error.ts'
import { openEmbeddedPostgres } from '../embedded-postgres.ts'

const [dataDir, binaries] = process.argv.slice(2)
if (dataDir === undefined)
  throw new Error('usage: member-process.ts <dataDir> [<directory of binaries>]')

function say(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

try {
  say({ event: 'opening' })
  const log = pino({ level: 'silent' })
  const postgres = await openEmbeddedPostgres({
    dataDir,
    log,
    onStateChange: (state) => say({ event: state }),
    ...(binaries && {
      binaries: { initdb: `${binaries}/initdb`, postgres: `${binaries}/postgres` },
    }),
  })
  say({ event: 'ready', clientConfig: postgres.clientConfig })
  process.stdin.resume()
  await once(process.stdin, 'end')
  await postgres[Symbol.asyncDispose]()
} catch (error) {
  if (!(error instanceof EmbeddedPostgresError)) throw error
  say({ event: 'failed', failure: error.failure, message: error.message })
  process.exitCode = 1
}
