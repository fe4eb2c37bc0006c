import assert from 'node:assert/strict'
import test from 'node:test'
import * as Y from 'yjs'
import { ModelServer, textRoot } from './model-server.ts'
import { Scheduler } from './scheduler.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimulatedClient } from './simulated-client.ts'
import { isTextName } from './users.ts'

const path = ['a.txt']

const edits = [
  { how: 'in place', dies: false },
  { how: 'in place, after a restart', dies: true },
  { how: 'by another file', dies: false },
]

for (const { how, dies } of edits)
  test(`what others deleted and a full disk could not take is not brought back by who edits the file ${how}`, async () => {
    const { server, client, scheduler, rest } = await openText('one\ntwo\nthree\n')
    client.diskFaults.isFull = true
    type(server, (text) => {
      text.delete(0, text.length)
      text.insert(0, 'other\n')
    })
    await scheduler.run(() => client.engine?.status().problems.length === 1, 10_000)
    if (dies) {
      client.crash()
      client.start()
      await scheduler.run(() => client.engine?.status().state === 'idle', 10_000)
    }
    // The same word as the others': by what the file says, theirs could have been written into it before.
    const edited = Buffer.from('one\ntwo\nthree\nother\n')
    assert.ok(client.disk.write(path, edited, how !== 'by another file'))
    client.diskFaults.isFull = false
    await rest()
    assert.deepEqual(textOf(server).match(/[a-z]+/g), ['other', 'other'])
  })

async function openText(said: string) {
  const random = new SeededRandom(1)
  const scheduler = new Scheduler(random, Date.UTC(2026, 0, 5))
  const server = new ModelServer(random.id(), isTextName)
  const client = new SimulatedClient({
    name: 'c1',
    server,
    scheduler,
    random,
    traits: { isCaseInsensitive: false, granularityMs: 1 },
    skewMs: 0,
    flaws: {},
  })
  client.start()
  client.disk.write(path, Buffer.from(said), false)
  const rest = async () => {
    const isSame = () => {
      const node = client.disk.find(path)
      const shown = node?.kind === 'file' ? Buffer.from(node.bytes).toString() : undefined
      return client.isQuiet() && shown === textOf(server)
    }
    await scheduler.run(isSame, 20_000)
  }
  await rest()
  type(server, (text) => text.insert(0, 'zero\n'))
  await rest()
  type(server, (text) => text.delete(0, 'zero\n'.length))
  await rest()
  return { server, client, scheduler, rest }
}

function type(server: ModelServer, change: (text: Y.Text) => void): void {
  const node = [...server.nodes.values()].find(({ document }) => document)
  assert.ok(node?.document)
  const document = new Y.Doc()
  Y.applyUpdate(document, Y.encodeStateAsUpdate(node.document))
  change(document.getText(textRoot))
  server.applyToText(node, Y.encodeStateAsUpdate(document))
  document.destroy()
}

function textOf(server: ModelServer): string {
  const node = [...server.nodes.values()].find(({ document }) => document)
  return node ? Buffer.from(server.bytesOf(node)).toString() : 'none'
}
