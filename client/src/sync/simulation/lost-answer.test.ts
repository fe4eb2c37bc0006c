import assert from 'node:assert/strict'
import test from 'node:test'
import { Scenario } from './scenario.ts'

/** The server has what was sent, the answer was lost, and nobody has asked the server anything since. */
async function sentUnheard(scenario: Scenario, name: string, said: string): Promise<void> {
  const { client, server } = scenario
  scenario.write([name], said)
  client.start()
  await scenario.until(() => [...server.nodes.values()].some((node) => node.name === name))
  client.network.isDown = true
  const id = [...server.nodes.values()].find((node) => node.name === name)?.id
  await scenario.until(() => client.store?.problems.has(id ?? server.rootId) === true)
  client.network.isDown = false
}

for (const name of ['a.txt', 'a.bin'])
  test(`an ${name} that was renamed while nobody knew whether it was sent is there once`, async () => {
    const scenario = new Scenario()
    const said = name === 'a.txt' ? 'mine\n' : '\0mine'
    await sentUnheard(scenario, name, said)
    scenario.client.disk.move([name], [`other-${name}`])
    await scenario.rest()
    assert.deepEqual(scenario.files(), [`other-${name}: ${said}`])
  })

test('nor is it made one with what the server has under its new name', async () => {
  const scenario = new Scenario()
  const { client } = scenario
  scenario.make('b.txt', 'theirs\n')
  // What the server has does not come down meanwhile.
  client.diskFaults.isFull = true
  await sentUnheard(scenario, 'a.txt', 'mine\n')
  client.disk.move(['a.txt'], ['b.txt'])
  client.diskFaults.isFull = false
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['b (2).txt: mine\n', 'b.txt: theirs\n'])
})
