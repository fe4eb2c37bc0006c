import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

const path = ['a.txt']

async function synced() {
  const scenario = new Scenario()
  const node = scenario.make('a.txt', 'one\n')
  scenario.client.start()
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['a.txt: one\n'])
  return { scenario, node }
}

test('[DE1] what somebody brought back after the process died that trashed it here comes back here', async () => {
  const { scenario, node } = await synced()
  scenario.server.trashByUser(node)
  await scenario.dieWhen(() => !scenario.isOnDisk(path))
  scenario.server.restore(node.id)
  scenario.client.start()
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['a.txt: one\n'])
})

test('[DE1] what somebody brought back before the process heard that it was trashed comes back here', async () => {
  const { scenario, node } = await synced()
  scenario.client.disk.remove(path)
  await scenario.dieWhen(() => node.isTrashed)
  scenario.server.restore(node.id)
  scenario.client.start()
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['a.txt: one\n'])
})

test('[DE1] a folder that somebody brought back before the process heard that it was trashed comes back with all in it', async () => {
  const scenario = new Scenario()
  const folder = scenario.makeFolder('folder')
  scenario.make('a.txt', 'one\n', folder.id)
  scenario.client.start()
  await scenario.rest()
  const all = scenario.files()
  scenario.client.disk.remove(['folder'])
  await scenario.dieWhen(() => folder.isTrashed)
  scenario.server.restore(folder.id)
  scenario.client.start()
  await scenario.rest()
  assert.deepEqual(scenario.files(), all)
})

test('[DE1] what is deleted while the process is not there is deleted, whether its last request came through or not', async () => {
  const { scenario, node } = await synced()
  scenario.client.crash()
  scenario.client.disk.remove(path)
  scenario.client.start()
  await scenario.rest()
  assert.deepEqual([scenario.files(), node.isTrashed], [[], true])
})

test('[DE1] what is put back on the disk right after it was trashed on the server is kept', async () => {
  const { scenario, node } = await synced()
  scenario.client.disk.remove(path)
  await scenario.until(() => node.isTrashed)
  scenario.write(path, 'one\n')
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['a.txt: one\n'])
})
