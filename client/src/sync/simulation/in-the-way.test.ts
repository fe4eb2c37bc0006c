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

test('[DE1] a folder that is trashed elsewhere takes with it what is ignored in it, and nothing else', async () => {
  const scenario = new Scenario()
  const folder = scenario.makeFolder('folder')
  scenario.write(['.cloudsyncignore'], '*.log\n')
  scenario.client.start()
  await scenario.rest()
  scenario.write(['folder', 'a.log'], 'noise')
  await scenario.rest()
  scenario.server.trashByUser(folder)
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['.cloudsyncignore: *.log\n'])
  assert.deepEqual(scenario.client.engine?.status().problems, [])
})

test('[DE1] a folder that is trashed elsewhere stays while something lies in it that the server can have no name for', async () => {
  const scenario = new Scenario()
  const folder = scenario.makeFolder('folder')
  scenario.client.start()
  await scenario.rest()
  scenario.write(['folder', 'a\u0001b'], 'mine')
  await scenario.rest()
  scenario.server.trashByUser(folder)
  const problems = () => scenario.client.engine?.status().problems ?? []
  await scenario.until(() => problems().length > 0)
  assert.deepEqual(
    problems().map(({ path, code }) => ({ path, code })),
    [{ path: 'folder', code: 'folder_not_empty_here' }],
  )
  assert.equal(scenario.onDisk(['folder', 'a\u0001b']), 'mine')
  scenario.client.disk.remove(['folder', 'a\u0001b'])
  await scenario.rest()
  assert.deepEqual(scenario.files(), [])
  assert.deepEqual(problems(), [])
})
