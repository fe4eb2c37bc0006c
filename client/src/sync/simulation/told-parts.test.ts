import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

const folders = Array.from({ length: 20 }, (_, index) => `${index}`)
const names = ['a.bin', 'b.bin', 'c.bin']

/** So much lies on the disk that it is sent while the rest is looked at. */
function withMany(): Scenario {
  const scenario = new Scenario()
  for (const folder of folders) {
    scenario.client.disk.makeFolder([folder])
    for (const name of names) scenario.write([folder, name], `\0${folder} ${name}`)
  }
  return scenario
}

async function texts(scenario: Scenario): Promise<string[]> {
  scenario.client.start()
  await scenario.rest()
  return scenario.files().filter((file) => file.includes('.txt'))
}

test('[NA2] a text that both sides had is one and there once, also where it was told before all was looked at', async () => {
  const scenario = withMany()
  scenario.make('a.txt', 'theirs\n')
  scenario.write(['a.txt'], 'mine\n')
  assert.deepEqual(await texts(scenario), ['a.txt: theirs\nmine\n'])
})

test('[NA2] so is what lies in a folder that both sides had', async () => {
  const scenario = withMany()
  const { id } = scenario.makeFolder('0')
  scenario.make('a.txt', 'theirs\n', id)
  scenario.write(['0', 'a.txt'], 'mine\n')
  assert.deepEqual(await texts(scenario), ['0/a.txt: theirs\nmine\n'])
  assert.equal(scenario.files().length, 81)
})

test('[NA2] where both sides had all of it, nothing is sent, fetched or called otherwise', async () => {
  const scenario = withMany()
  for (const folder of folders) {
    const { id } = scenario.makeFolder(folder)
    for (const name of names) scenario.make(name, `\0${folder} ${name}`, id)
  }
  assert.deepEqual(await texts(scenario), [])
  assert.equal(scenario.files().length, 80)
  const status = scenario.client.engine?.status()
  assert.deepEqual([status?.sentBytes, status?.receivedBytes], [0, 0])
})
