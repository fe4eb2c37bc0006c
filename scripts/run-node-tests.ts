import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

export interface Outcome {
  ok: boolean
  /** One line for each thing that did not run, with the reason. */
  skipped: string[]
}

/** Of a single test; a file may hold many. */
const TEST_TIMEOUT_MS = 120_000

/** That run at the same time: they wait for databases, sockets and clocks for a good third of their time. */
const FILES_PER_PROCESSOR = 1.5

/** The journeys have a runner of their own. */
const EXCLUDED = ['**/node_modules/**', '**/dist/**', 'e2e/**', 'data/**']

/** Every `*.test.ts` whose path contains one of `filters`; all without any. */
export function listTestFiles(root: string, filters: readonly string[]): string[] {
  return globSync('**/*.test.ts', { cwd: root, exclude: EXCLUDED })
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .toSorted()
}

/** Runs those files in one run of node's test runner, whose report goes to stdout. */
export async function runNodeTests(root: string, filters: readonly string[]): Promise<Outcome> {
  const files = listTestFiles(root, filters)
  if (files.length === 0) {
    console.error(`No test file matches ${filters.join(' ')}`)
    return { ok: false, skipped: [] }
  }
  const outcome: Outcome = { ok: false, skipped: [] }
  const stream = run({
    cwd: root,
    files,
    concurrency: Math.ceil(availableParallelism() * FILES_PER_PROCESSOR),
    timeout: TEST_TIMEOUT_MS,
    execArgv: ['--import', new URL('leak-guard.ts', import.meta.url).href],
  })
  stream.on('test:pass', ({ name, file, skip, todo }) => {
    const reason = skip ?? todo
    if (reason === undefined) return
    const where = file === undefined ? '' : `${relative(root, file)}: `
    outcome.skipped.push(`${where}${name} (${reason === true ? 'no reason given' : reason})`)
  })
  // The last summary, the one without a file, is that of the whole run.
  stream.on('test:summary', ({ file, success }) => {
    if (file === undefined) outcome.ok = success
  })
  for await (const chunk of stream.compose(new spec())) process.stdout.write(String(chunk))
  return outcome
}
