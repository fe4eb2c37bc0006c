import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Outcome } from './run-node-tests.ts'

const PASSING = `import { test } from 'node:test'
test('passes', () => {})`

const FAILING = `import { test } from 'node:test'
test('fails', () => { throw new Error('as it should') })`

const SKIPPING = `import { describe, test } from 'node:test'
test('needs a thing', { skip: 'no thing here' }, () => {})
test.skip('says nothing', () => {})
test.todo('will come')
describe('a group', () => { test('finds out late', (t) => t.skip('not today')) })`

test('a run in which all tests pass is ok and ends with the counts of the runner', (t) => {
  const { outcome, output } = runIn(t, { 'a.test.ts': PASSING, 'b.ts': FAILING })
  assert.deepEqual(outcome, { ok: true, skipped: [] })
  assert.match(output, /^ℹ tests 1$/m)
  assert.match(output, /^ℹ fail 0$/m)
})

test('a failing test, and a file that cannot be loaded, fail the run', (t) => {
  assert.equal(runIn(t, { 'a.test.ts': PASSING, 'b.test.ts': FAILING }).outcome.ok, false)
  assert.equal(runIn(t, { 'a.test.ts': `import './none.ts'` }).outcome.ok, false)
})

test('every skipped test is named, with its file and its reason', (t) => {
  const { outcome } = runIn(t, { 'a.test.ts': PASSING, 'b.test.ts': SKIPPING })
  assert.equal(outcome.ok, true)
  assert.deepEqual(outcome.skipped.toSorted(), [
    'b.test.ts: finds out late (not today)',
    'b.test.ts: needs a thing (no thing here)',
    'b.test.ts: says nothing (no reason given)',
    'b.test.ts: will come (no reason given)',
  ])
})

test('words choose the files, and words that choose none fail the run', (t) => {
  const files = { 'good.test.ts': PASSING, 'bad.test.ts': FAILING }
  assert.equal(runIn(t, files, ['good']).outcome.ok, true)
  assert.equal(runIn(t, files, ['other']).outcome.ok, false)
})

/** In a process of its own, since a test run refuses to start another one inside itself. */
function runIn(t: TestContext, files: Record<string, string>, words: string[] = []) {
  const root = mkdtempSync(join(tmpdir(), 'run-node-tests-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content)
  const script = `
    import { runNodeTests } from ${JSON.stringify(join(import.meta.dirname, 'run-node-tests.ts'))}
    const outcome = await runNodeTests(${JSON.stringify(root)}, ${JSON.stringify(words)})
    console.log('\\n' + JSON.stringify(outcome))`
  // A file, since what stands on the command line would be handed on to the processes of the tests.
  const runner = join(root, 'runner.ts')
  writeFileSync(runner, script)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = spawnSync(process.execPath, [runner], {
    env: { ...env, NO_COLOR: '1' },
    encoding: 'utf8',
  })
  return { output: stdout, outcome: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Outcome }
}
