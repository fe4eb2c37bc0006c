import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

test('[EX1] an ignored file that has the name of what comes is told, and makes way when it is gone', async () => {
  const scenario = new Scenario()
  scenario.client.start()
  scenario.write(['.cloudsyncignore'], 'a.txt\n')
  scenario.write(['a.txt'], 'mine\n')
  await scenario.rest()
  assert.equal(scenario.client.engine?.status().problems.length, 0)
  const node = scenario.make('a.txt', 'theirs\n')
  const problems = () => scenario.client.engine?.status().problems ?? []
  await scenario.until(() => problems().length > 0)
  assert.deepEqual(
    problems().map(({ id, path, code }) => ({ id, path, code })),
    [{ id: node.id, path: 'a.txt', code: 'name_taken_here' }],
  )
  assert.equal(scenario.onDisk(['a.txt']), 'mine\n')
  scenario.client.disk.move(['a.txt'], ['b.txt'])
  await scenario.rest()
  assert.deepEqual(problems(), [])
  assert.deepEqual(scenario.files().slice(1), ['a.txt: theirs\n', 'b.txt: mine\n'])
})

test('[EX1] what is skipped is told as soon as its folder was looked at, and no longer than it is there', async () => {
  const scenario = new Scenario()
  scenario.client.start()
  scenario.write(['.cloudsyncignore'], '*.log\n')
  await scenario.rest()
  const skipped = () =>
    scenario.client.engine
      ?.status()
      .skipped.map(({ path, reason }) => `${path.join('/')}: ${reason}`)
  const sinceMs = () => scenario.scheduler.nowMs - startedMs
  let startedMs = scenario.scheduler.nowMs
  scenario.write(['a.log'], 'noise')
  scenario.client.engine?.lookAt([])
  await scenario.until(() => skipped()?.length === 1)
  assert.deepEqual(skipped(), ['a.log: ignored'])
  assert.ok(sinceMs() < 5_000, `${sinceMs()} ms`)
  startedMs = scenario.scheduler.nowMs
  scenario.client.disk.remove(['a.log'])
  scenario.client.engine?.lookAt([])
  await scenario.until(() => skipped()?.length === 0)
  assert.ok(sinceMs() < 5_000, `${sinceMs()} ms`)
})
