import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

/** The server has what was sent, and the process has died before it heard of that. */
async function uploaded(name: string, said: string) {
  const scenario = new Scenario()
  scenario.client.start()
  scenario.write([name], said)
  const sent = () => [...scenario.server.nodes.values()].find((node) => node.name === name)
  await scenario.dieWhen(() => sent() !== undefined)
  const node = sent()
  assert.ok(node)
  assert.equal(scenario.client.store?.trees.synced.size, 0)
  return { scenario, node }
}

async function restart(scenario: Scenario): Promise<void> {
  scenario.client.start()
  await scenario.rest()
}

for (const name of ['a.txt', 'a.bin'])
  test(`[DE1] an ${name} that was deleted before the process heard that it was sent is not sent again`, async () => {
    const { scenario, node } = await uploaded(name, 'one\n')
    scenario.server.trashByUser(node)
    await restart(scenario)
    assert.deepEqual(scenario.files(), [])
    scenario.server.restore(node.id)
    await scenario.rest()
    assert.deepEqual(scenario.files(), [`${name}: one\n`])
  })

test('[DE1] a text that was edited here and deleted there, before the process heard that it was sent, comes back as it is', async () => {
  const { scenario, node } = await uploaded('a.txt', 'one\n')
  scenario.server.trashByUser(node)
  scenario.write(['a.txt'], 'one\ntwo\n')
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.txt: one\ntwo\n'])
  assert.equal(scenario.server.nodes.size, 1)
})

test('[CO1] a text that others changed before the process heard that it was sent has all of it once', async () => {
  const { scenario, node } = await uploaded('a.txt', 'one two three\n')
  scenario.type(node, (text) => text.insert(0, 'zero '))
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.txt: zero one two three\n'])
})

test('[CO1] a text that was edited and moved before the process heard that it was sent is there once, in its new place', async () => {
  const { scenario, node } = await uploaded('a.txt', 'one two\nthree four\nfive six\n')
  scenario.client.disk.remove(['a.txt'])
  scenario.write(['b.txt'], 'one 2 two\nthree four\nfive six\n')
  scenario.type(node, (text) => text.insert(0, 'zero '))
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['b.txt: zero one 2 two\nthree four\nfive six\n'])
})

test('[DE1] a folder that was deleted before the process heard that it was made is not made again', async () => {
  const scenario = new Scenario()
  scenario.client.start()
  scenario.client.disk.makeFolder(['folder'])
  await scenario.dieWhen(() => scenario.server.nodes.size === 1)
  for (const node of scenario.server.nodes.values()) scenario.server.trashByUser(node)
  await restart(scenario)
  assert.deepEqual(scenario.files(), [])
})

/** The folder was known before, the file in it is what nobody heard of. */
async function uploadedWithFolder() {
  const scenario = new Scenario()
  const folder = scenario.makeFolder('folder')
  scenario.client.start()
  await scenario.rest()
  scenario.write(['folder', 'a.txt'], 'one\n')
  await scenario.dieWhen(() => scenario.server.nodes.size === 2)
  scenario.server.trashByUser(folder)
  return { scenario, folder }
}

test('[DE1] a file that went into the trash with its folder before the process heard that it was sent is not sent again', async () => {
  const { scenario, folder } = await uploadedWithFolder()
  await restart(scenario)
  assert.deepEqual(scenario.files(), [])
  scenario.server.restore(folder.id)
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['folder/a.txt: one\n', 'folder: folder'])
})

test('[DE1] nor is it where the server has forgotten what happened and all is asked for anew', async () => {
  const { scenario, folder } = await uploadedWithFolder()
  scenario.server.forgottenSeq = scenario.server.seq
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['folder: folder'])
  scenario.server.restore(folder.id)
  await scenario.rest()
  const all = ['folder (2)/a.txt: one\n', 'folder (2): folder', 'folder: folder']
  assert.deepEqual(scenario.files(), all)
})

test('[CO1] a change whose answer was lost does not go over what others made of it', async () => {
  const { scenario, node } = await uploaded('a.bin', '\0one')
  await restart(scenario)
  scenario.write(['a.bin'], '\0two')
  await scenario.dieWhen(() => scenario.onServer(node) === '\0two')
  scenario.replace(node, '\0three')
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.bin: \0three'])
  assert.equal(node.hasConflict, false)
})

test('[CO1] a change of a change whose answer was lost is no conflict', async () => {
  const { scenario, node } = await uploaded('a.bin', '\0one')
  await restart(scenario)
  scenario.write(['a.bin'], '\0two')
  await scenario.dieWhen(() => scenario.onServer(node) === '\0two')
  scenario.write(['a.bin'], '\0three')
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.bin: \0three'])
  assert.equal(node.hasConflict, false)
})
