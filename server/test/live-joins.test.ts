import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import {
  openStockClient,
  openYWebsocketClient,
  RawClient,
  readMetric,
  startTestServer,
  typed,
  waitUntil,
  type TestServer,
} from '../testing/index.ts'

const emptyVector = Uint8Array.of(0)

/** A text that is in nobody's memory, written in several updates. */
async function createClosedText(server: TestServer): Promise<string> {
  const nodeId = await server.admin.createText('notes.md')
  {
    using writer = openStockClient(server.admin, nodeId)
    for (const word of ['first ', 'second ', 'third ', 'fourth']) {
      await writer.saved()
      writer.text.insert(writer.text.length, word)
    }
    await writer.saved()
  }
  await untilClosed(server)
  return nodeId
}

async function untilClosed(server: TestServer): Promise<void> {
  await waitUntil(
    'no document is in memory',
    async () => (await readMetric(server, 'cloudsync_live_documents')) === 0,
  )
}

const whole = 'first second third fourth'

suite('who opens a document that is not in memory', () => {
  test('is sent all that is stored once, the last of it as the state', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await createClosedText(server)
    using client = await RawClient.connect(server.admin, `text:${nodeId}`)
    client.authenticate(server.admin.accessToken)
    client.sendSync(0, emptyVector)
    await waitUntil('the server asks back', () =>
      client.frames.some(({ type, step }) => type === 0 && step === 0),
    )
    const steps = client.frames.filter(({ type }) => type === 0).map(({ step }) => step)
    assert.deepEqual(steps, [2, 2, 2, 1, 0])
    assert.equal(textOf(client), whole)
    assert.equal(await readMetric(server, 'cloudsync_live_joins_total{served="stored"}'), 1)
  })

  test('has all of it when the stock client says that it is in sync', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await createClosedText(server)
    {
      using client = openStockClient(server.admin, nodeId)
      let atSync: string | undefined
      client.provider.on('synced', () => (atSync ??= client.text.toString()))
      await client.saved()
      assert.equal(atSync, whole)
    }
    await untilClosed(server)
    using plain = await openYWebsocketClient(server.admin, nodeId)
    let atSync: string | undefined
    plain.provider.on('sync', () => (atSync ??= plain.text.toString()))
    await waitUntil('it is in sync', () => atSync !== undefined)
    assert.equal(atSync, whole)
  })

  test('misses nothing that somebody writes who opens it at the same moment', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    for (let round = 0; round < 20; round += 1) {
      const nodeId = await server.admin.createText(`${round}.md`)
      {
        using before = openStockClient(server.admin, nodeId)
        before.text.insert(0, 'stored ')
        await before.saved()
      }
      await untilClosed(server)
      using reader = openStockClient(server.admin, nodeId)
      using writer = openStockClient(server.admin, nodeId)
      writer.text.insert(0, 'written ')
      await writer.saved()
      await reader.until('the other has arrived', () => reader.text.toString().includes('written'))
      await reader.saved()
      assert.equal(reader.text.toString(), writer.text.toString())
      assert.ok(reader.text.toString().includes('stored'))
    }
  })

  test('is sent what it lacks, and no more, when it has some of it', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await createClosedText(server)
    const doc = new Y.Doc()
    typed(doc, 'mine ')
    using client = await RawClient.connect(server.admin, `text:${nodeId}`)
    client.authenticate(server.admin.accessToken)
    client.sendSync(0, Y.encodeStateVector(doc))
    await waitUntil('the server asks back', () =>
      client.frames.some(({ type, step }) => type === 0 && step === 0),
    )
    const steps = client.frames.filter(({ type }) => type === 0).map(({ step }) => step)
    assert.deepEqual(steps, [1, 0])
  })

  test('is sent nothing before the token is good', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await createClosedText(server)
    using client = await RawClient.connect(server.admin, `text:${nodeId}`)
    client.authenticate('no token')
    client.sendSync(0, emptyVector)
    await waitUntil('the token is refused', () => client.frames.some(({ type }) => type === 2))
    await client.roundTrip()
    assert.ok(client.frames.every(({ type }) => type !== 0))
  })
})

function textOf(client: RawClient): string {
  const doc = new Y.Doc()
  for (const update of client.states) Y.applyUpdate(doc, update)
  return doc.getText('content').toString()
}
