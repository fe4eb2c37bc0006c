import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

const path = ['a.txt']

/** What others typed was merged into a file, and the process has died before it recorded that it was written. */
async function merged(said: string, theirs: string, path: readonly string[]) {
  const scenario = new Scenario()
  const node = scenario.make(path.join('/'), said)
  scenario.client.start()
  await scenario.rest()
  scenario.type(node, (text) => text.insert(0, 'zero\n'))
  await scenario.rest()
  scenario.type(node, (text) => {
    text.delete(0, text.length)
    text.insert(0, theirs)
  })
  await scenario.dieWhen(() => scenario.onDisk(path) === theirs)
  return { scenario, node }
}

async function restart(scenario: Scenario): Promise<void> {
  scenario.client.start()
  await scenario.rest()
}

for (const isMoved of [false, true])
  test(`[CO1] a text that was edited${isMoved ? ' and moved' : ''} after the process died that merged it has each word once`, async () => {
    const { scenario, node } = await merged('one\n', 'quite another text\nof two lines\n', path)
    // As if all of theirs was deleted: by its words alone, nothing of it was ever written.
    scenario.write(path, 'mine\n', true)
    if (isMoved) scenario.client.disk.move(path, ['b.txt'])
    await restart(scenario)
    assert.deepEqual(scenario.files(), [`${isMoved ? 'b' : 'a'}.txt: mine\n`])
    assert.equal(node.name, isMoved ? 'b.txt' : 'a.txt')
  })

test('[CO1] a text that was merged by a process that died is merged with what is typed afterwards', async () => {
  const { scenario, node } = await merged('one\n', 'two three\n', path)
  scenario.write(path, 'two mine three\n', true)
  scenario.type(node, (text) => text.insert(text.length, 'four\n'))
  await restart(scenario)
  assert.deepEqual(scenario.files(), ['a.txt: two mine three\nfour\n'])
})

for (const dies of [false, true])
  test(`[DE1] a text that was trashed by somebody who had not seen what was typed here${dies ? ', by a process that died since,' : ''} comes back as itself`, async () => {
    const scenario = new Scenario()
    const node = scenario.make('a.txt', 'theirs\n')
    // Made on both sides under one name, and so one text.
    scenario.write(path, 'mine\n')
    scenario.client.start()
    await scenario.until(() => scenario.onDisk(path)?.includes('theirs') === true)
    if (dies) scenario.client.crash()
    scenario.server.trashByUser(node)
    scenario.client.start()
    await scenario.rest()
    scenario.server.restore(node.id)
    await scenario.rest()
    assert.deepEqual(scenario.files(), ['a.txt: theirs\nmine\n'])
  })
