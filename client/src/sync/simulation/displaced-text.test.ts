import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

for (const dies of [true, false])
  test(`[MO1] a text that was moved away while another was made under its name ${dies ? 'and no process ran' : 'takes what others typed with it'}`, async () => {
    const scenario = new Scenario()
    const node = scenario.make('a.txt', 'one\ntwo\nthree\n')
    scenario.client.start()
    await scenario.rest()
    if (dies) scenario.client.crash()
    scenario.type(node, (text) => text.insert('one\n'.length, 'more\n'))
    scenario.client.disk.move(['a.txt'], ['b.txt'])
    scenario.write(['a.txt'], 'quite\nanother\n')
    scenario.client.start()
    await scenario.rest()
    assert.deepEqual(scenario.files(), [
      'a.txt: quite\nanother\n',
      'b.txt: one\nmore\ntwo\nthree\n',
    ])
    assert.equal(node.name, 'b.txt')
  })

test('a text of which an editor leaves nothing is sent soon, also while there is a folder that nobody can read', async () => {
  const scenario = new Scenario()
  const { client, scheduler } = scenario
  const node = scenario.make('a.txt', 'one\ntwo\nthree\n')
  const folder = scenario.makeFolder('docs')
  client.start()
  await scenario.rest()
  client.diskFaults.unreadable = client.disk.find([folder.name])
  client.engine?.lookAt(undefined)
  await scenario.until(() => client.engine?.status().unreadable.length === 1)
  // By then all is looked at but seldom; and so it was just now.
  const brokenAtMs = scheduler.nowMs
  await scenario.until(() => scheduler.nowMs - brokenAtMs > 120_000)
  const lastScanAtMs = client.engine?.status().lastScanAtMs
  await scenario.until(() => client.engine?.status().lastScanAtMs !== lastScanAtMs)
  const startedAtMs = scheduler.nowMs
  scenario.write(['a.txt'], 'quite\nanother\n')
  await scenario.until(() => scenario.onServer(node) === 'quite\nanother\n')
  assert.ok(scheduler.nowMs - startedAtMs < 10_000, `${scheduler.nowMs - startedAtMs} ms`)
})
