import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

const text = ['a.txt']
const blob = ['a.bin']

/** The file lies in its place, and the process has died before it recorded that. */
async function downloaded(path: readonly string[], said: string) {
  const scenario = new Scenario()
  const node = scenario.make(path.join('/'), said)
  scenario.client.start()
  await scenario.dieWhen(() => scenario.isOnDisk(path))
  return { scenario, node }
}

async function restart(scenario: Scenario): Promise<void> {
  scenario.client.start()
  await scenario.rest()
}

for (const path of [text, blob])
  test(`[DE1] a ${path[0]} that was deleted after the process died that wrote it is not brought back`, async () => {
    const { scenario, node } = await downloaded(path, 'one\n')
    scenario.server.trashByUser(node)
    await restart(scenario)
    assert.deepEqual(scenario.files(), [])
    scenario.server.restore(node.id)
    await scenario.rest()
    assert.deepEqual(scenario.files(), [`${path[0]}: one\n`])
  })

for (const isInPlace of [true, false])
  test(`[CO1] a text that was edited ${isInPlace ? 'in place' : 'by another file'} after the process died that wrote it is merged with what others typed`, async () => {
    const { scenario, node } = await downloaded(text, 'one two three\nand more of it\nto the end\n')
    scenario.write(text, 'one TWO three\nand more of it\nto the end\n', isInPlace)
    scenario.type(node, (shared) => shared.insert(0, 'zero '))
    await restart(scenario)
    assert.deepEqual(scenario.files(), ['a.txt: zero one TWO three\nand more of it\nto the end\n'])
  })

test('[CO1] a file that was edited after the process died that wrote it is a change of that one', async () => {
  const { scenario, node } = await downloaded(blob, '\0one')
  scenario.write(blob, '\0two', true)
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.bin: \0two'])
  assert.equal(node.hasConflict, false)
})

test('[CO1] a change of a file that was written over by a process that died is no conflict', async () => {
  const { scenario, node } = await downloaded(blob, '\0one')
  await restart(scenario)
  scenario.replace(node, '\0two')
  await scenario.dieWhen(() => scenario.onDisk(blob) === '\0two')
  scenario.write(blob, '\0three', true)
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.bin: \0three'])
  assert.equal(node.hasConflict, false)
})

for (const said of ['one\n', 'one\nand two\n'])
  test(`[DE1] a text that was moved after the process died that wrote it is moved for all, and is ${JSON.stringify(said)}`, async () => {
    const { scenario, node } = await downloaded(text, 'one\n')
    scenario.client.disk.move(text, ['b.txt'])
    scenario.write(['b.txt'], said, true)
    await restart(scenario)
    assert.deepEqual(scenario.files(), [`b.txt: ${said}`])
    assert.equal(node.name, 'b.txt')
  })

for (const said of ['one\n', 'one\nand two\n'])
  test(`[DE1] a text that an editor put in the place of one whose writer died, and that was moved then, is that one, and is ${JSON.stringify(said)}`, async () => {
    const { scenario, node } = await downloaded(text, 'one\n')
    scenario.write(text, said, false)
    scenario.client.disk.makeFolder(['there'])
    scenario.client.disk.move(text, ['there', 'b.txt'])
    await restart(scenario)
    assert.deepEqual(scenario.files(), ['there/b.txt: ' + said, 'there: folder'])
    assert.equal(node.name, 'b.txt')
  })

test('[NA1] a file that somebody made where a process was about to write is kept beside that', async () => {
  const scenario = new Scenario()
  scenario.make('a.bin', '\0theirs')
  scenario.client.start()
  await scenario.dieWhen(() => scenario.client.store?.writes.size === 1)
  scenario.write(blob, '\0mine', false)
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a (2).bin: \0mine', 'a.bin: \0theirs'])
})

test('[DE1] what a process did not come to write is written by the next one, and forgotten', async () => {
  const scenario = new Scenario()
  scenario.make('a.txt', 'one\n')
  scenario.client.start()
  await scenario.dieWhen(() => scenario.client.store?.writes.size === 1)
  assert.equal(scenario.isOnDisk(text), false)
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.txt: one\n'])
  assert.equal(scenario.client.store?.writes.size, 0)
})

test('[DE1] a file that was deleted before anybody recorded that it was written comes back', async () => {
  const { scenario } = await downloaded(text, 'one\n')
  scenario.client.disk.remove(text)
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.txt: one\n'])
  assert.equal(scenario.client.store?.writes.size, 0)
})
