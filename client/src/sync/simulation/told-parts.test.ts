import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

/** So much lies on the disk beside it that it is sent while the rest is looked at. */
function withMany(): Scenario {
  const scenario = new Scenario()
  for (let index = 0; index < 20; index++) {
    scenario.client.disk.makeFolder([`${index}`])
    for (const name of ['a.bin', 'b.bin', 'c.bin'])
      scenario.write([`${index}`, name], `\0${index} ${name}`)
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
  const folder = scenario.makeFolder('0')
  scenario.make('a.txt', 'theirs\n', folder.id)
  scenario.write(['0', 'a.txt'], 'mine\n')
  assert.deepEqual(await texts(scenario), ['0/a.txt: theirs\nmine\n'])
  assert.equal(scenario.files().length, 81)
})
