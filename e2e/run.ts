import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { holdTestServer } from '@cloudsync/server/testing'

/**
 * `npm run e2e`: the journeys, in a real browser against real server processes. Words on the command line choose those
 * whose path contains one of them.
 */
const words = process.argv.slice(2)
const files = globSync('journeys/*.test.ts', { cwd: import.meta.dirname })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .toSorted()
if (files.length === 0) throw new Error(`No journey matches ${words.join(' ')}`)

/** Those that need the machine for themselves: many programs run in them, or they say how long something may take. */
const lone = /cluster|large-folder|storm/

/** They start servers again and again, and take longest: the short ones fill the time beside the last of them. */
const long = /kills|resumed|torture/

// Else whichever is the last that needs it takes it away, and the next one has to make it anew.
await using _database = await holdTestServer()

const shared = files.filter((file) => !lone.test(file))
// Most of the time they wait: for a page, for somebody else, for a server. A cluster takes more of ports and machine.
await runAll(
  [...shared.filter((file) => long.test(file)), ...shared.filter((file) => !long.test(file))],
  process.env['E2E_CLUSTER'] === '1' ? 1 : 2,
)
await runAll(
  files.filter((file) => lone.test(file)),
  1,
)

async function runAll(chosen: string[], concurrency: number): Promise<void> {
  if (chosen.length === 0) return
  const stream = run({ cwd: import.meta.dirname, files: chosen, concurrency, timeout: 300_000 })
  stream.on('test:fail', () => {
    process.exitCode = 1
  })
  for await (const chunk of stream.compose(new spec())) process.stdout.write(String(chunk))
}
