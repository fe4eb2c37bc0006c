import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

async function restart(scenario: Scenario): Promise<void> {
  scenario.client.start()
  await scenario.rest()
}

/** A file that was renamed on the server and so on the disk, where nobody has recorded that yet. */
async function moved(name: string) {
  const scenario = new Scenario()
  const node = scenario.make(name, 'one\n')
  scenario.client.start()
  await scenario.rest()
  scenario.move(node, `new ${name}`)
  await scenario.until(() => scenario.isOnDisk([`new ${name}`]))
  return { scenario, node }
}

for (const name of ['a.txt', 'a.bin'])
  for (const dies of [false, true])
    test(`[MO1] a move of ${name} that was taken back ${dies ? 'after the process died that followed it' : 'while it was followed'} is no move of this disk`, async () => {
      const { scenario, node } = await moved(name)
      if (dies) scenario.client.crash()
      scenario.move(node, name)
      await restart(scenario)
      assert.deepEqual(scenario.files(), [`${name}: one\n`])
    })

test('[MO1] a file that somebody moved on after the process died that had moved it is moved for all', async () => {
  const { scenario, node } = await moved('a.txt')
  scenario.client.crash()
  scenario.client.disk.move(['new a.txt'], ['b.txt'])
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['b.txt: one\n'])
  assert.equal(node.name, 'b.txt')
})

test('[MO1] a move that a process did not come to make is made by the next one', async () => {
  const scenario = new Scenario()
  const node = scenario.make('a.txt', 'one\n')
  scenario.client.start()
  await scenario.rest()
  scenario.move(node, 'b.txt')
  await scenario.dieWhen(() => scenario.client.store?.trees.remote.get(node.id)?.name === 'b.txt')
  assert.ok(scenario.isOnDisk(['a.txt']))
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['b.txt: one\n'])
})

/** A folder of the server that was made on the disk, where nobody has recorded that yet. */
async function made() {
  const scenario = new Scenario()
  const node = scenario.makeFolder('docs')
  scenario.client.start()
  await scenario.dieWhen(() => scenario.isOnDisk(['docs']))
  return { scenario, node }
}

test('[DE1] a folder that was deleted after the process died that made it is not brought back', async () => {
  const { scenario, node } = await made()
  scenario.server.trashByUser(node)
  await restart(scenario)
  assert.deepEqual(scenario.files(), [])
  scenario.server.restore(node.id)
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['docs: folder'])
})

test('[DE1] a folder that was deleted after the process died that made it stays for what somebody put in it', async () => {
  const { scenario, node } = await made()
  scenario.server.trashByUser(node)
  scenario.write(['docs', 'a.txt'], 'one\n')
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['docs/a.txt: one\n', 'docs: folder'])
})

test('[PL4] a folder that was renamed after the process died that made it is kept with what is in it', async () => {
  const { scenario } = await made()
  scenario.client.disk.move(['docs'], ['old'])
  scenario.write(['old', 'a.txt'], 'one\n')
  await restart(scenario)
  // One that nobody has looked at yet cannot be known again elsewhere.
  assert.deepEqual(scenario.files(), ['docs: folder', 'old/a.txt: one\n', 'old: folder'])
  assert.equal(scenario.client.store?.places.size, 0)
})
