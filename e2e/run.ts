import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/**
 * `npm run e2e`: the journeys, in a real browser against real server processes, one after the other.
 * Words on the command line choose those whose path contains one of them.
 */
const words = process.argv.slice(2)
const files = globSync('journeys/*.test.ts', { cwd: import.meta.dirname })
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .toSorted()
if (files.length === 0) throw new Error(`No journey matches ${words.join(' ')}`)

const stream = run({ cwd: import.meta.dirname, files, concurrency: 1, timeout: 300_000 })
stream.on('test:fail', () => {
  process.exitCode = 1
})
for await (const chunk of stream.compose(new spec())) process.stdout.write(String(chunk))
