import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scenario } from './scenario.ts'

const path = ['tool.bin']

async function agreed(): Promise<Scenario> {
  const scenario = new Scenario().withModes()
  scenario.client.start()
  scenario.write(path, '\0one')
  await scenario.rest()
  return scenario
}

function modes({ client, server }: Scenario) {
  const [node] = server.nodes.values()
  const file = client.disk.find(path)
  assert.ok(node && file?.kind === 'file')
  return { node, here: file.isExecutable === true, there: node.isExecutable }
}

test('[MD1] a process that dies between the content and the mode of a file that was changed here loses neither', async () => {
  for (const first of ['content', 'mode'] as const) {
    const scenario = await agreed()
    const { node } = modes(scenario)
    scenario.write(path, '\0two', true)
    scenario.client.disk.setMode(path, true)
    await scenario.dieWhen(() => {
      return first === 'content' ? scenario.onServer(node) === '\0two' : node.isExecutable
    })
    scenario.client.start()
    await scenario.rest()
    assert.deepEqual(scenario.files(), ['tool.bin: \0two'])
    assert.deepEqual(modes(scenario), { node, here: true, there: true })
    scenario.client.close()
  }
})

test('[MD1] a process that dies between the content and the mode of a file that was changed elsewhere loses neither', async () => {
  for (const first of ['content', 'mode'] as const) {
    const scenario = await agreed()
    const { node } = modes(scenario)
    scenario.replace(node, '\0two')
    scenario.server.setExecutable(node.id, true)
    await scenario.dieWhen(() => {
      return first === 'content' ? scenario.onDisk(path) === '\0two' : modes(scenario).here
    })
    scenario.client.start()
    await scenario.rest()
    assert.deepEqual(scenario.files(), ['tool.bin: \0two'])
    assert.deepEqual(modes(scenario), { node, here: true, there: true })
    scenario.client.close()
  }
})

test('[MD1] a mode that was taken back while the answer to its sending was lost stays taken back', async () => {
  const scenario = new Scenario().withModes()
  scenario.client.start()
  scenario.write(path, '\0one')
  scenario.client.disk.setMode(path, true)
  await scenario.dieWhen(() => scenario.server.nodes.size === 1)
  scenario.client.disk.setMode(path, false)
  scenario.client.start()
  await scenario.rest()
  const { here, there } = modes(scenario)
  assert.deepEqual([here, there], [false, false])
  scenario.client.close()
})

test('[LN1] a process that dies while it puts a link in its place leaves the one or the other', async () => {
  const scenario = new Scenario().withModes()
  const { server, client, random } = scenario
  client.start()
  const at = { id: random.id(), parentId: server.rootId, name: 'link' }
  server.createFile(at, Buffer.from('->one'), { isLink: true })
  await scenario.rest()
  const node = scenario.node(at.id)
  scenario.replace(node, '->two')
  await scenario.dieWhen(() => {
    const link = client.disk.find(['link'])
    return link?.kind === 'symlink' && link.target === '->two'
  })
  client.start()
  await scenario.rest()
  assert.deepEqual(scenario.files(), ['link: ->two'])
  assert.equal(server.nodes.size, 1)
  client.close()
})
