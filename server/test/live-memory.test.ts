import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { defaultSocketLimits } from '../src/features/live/socket-limits.ts'
import {
  docOf,
  openStockClient,
  RawClient,
  readMetric,
  startTestServer,
  typed,
  waitUntil,
} from '../testing/index.ts'

suite('documents in memory', () => {
  test('leave when nobody has had them open for a while, and come back unchanged', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await server.admin.createText('notes.md')
    {
      using ada = openStockClient(server.admin, nodeId)
      ada.text.insert(0, 'still here')
      await ada.saved()
      assert.equal(await readMetric(server, 'cloudsync_live_documents'), 1)
    }
    await waitUntil(
      'it has left',
      async () => (await readMetric(server, 'cloudsync_live_documents')) === 0,
    )
    using again = openStockClient(server.admin, nodeId)
    await again.saved()
    assert.equal(again.text.toString(), 'still here')
  })

  test('survive being opened and closed at the same time, edit by edit', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await server.admin.createText('notes.md')
    for (let round = 0; round < 15; round += 1) {
      const clients = [0, 1, 2].map(() => openStockClient(server.admin, nodeId))
      for (const [index, client] of clients.entries()) client.text.insert(0, `${round}.${index} `)
      await Promise.all(
        clients.map(async (client) => {
          await client.saved()
          client[Symbol.dispose]()
        }),
      )
    }
    const words = (await server.admin.text(`/nodes/${nodeId}/content`)).trim().split(' ')
    assert.equal(new Set(words).size, 45)
  })

  test('stay while somebody has them open, whatever the budget', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await server.admin.createText('notes.md')
    using ada = openStockClient(server.admin, nodeId)
    await ada.saved()
    for (let other = 0; other < 5; other += 1) {
      using client = openStockClient(server.admin, await server.admin.createText(`${other}.md`))
      await client.saved()
    }
    await waitUntil(
      'the others have left',
      async () => (await readMetric(server, 'cloudsync_live_documents')) === 1,
    )
    ada.text.insert(0, 'open all the time')
    await ada.saved()
  })
})

suite('sockets', () => {
  test('cut a reader off who does not read, while others go on', async () => {
    const limits = {
      ...defaultSocketLimits,
      skipPresenceBytes: 64 * 1024,
      maxBufferedBytes: 256 * 1024,
    }
    await using server = await startTestServer({ live: { limits } })
    const nodeId = await server.admin.createText('notes.md')
    using slow = await RawClient.open(server.admin, nodeId)
    using ada = openStockClient(server.admin, nodeId)
    await ada.saved()
    slow.stopReading()
    await waitUntil('the slow reader is cut off', async () => {
      ada.text.delete(0, ada.text.length)
      ada.text.insert(0, 'x'.repeat(400_000))
      await ada.saved()
      return (await readMetric(server, 'cloudsync_live_sockets')) === 1
    })
    assert.ok(slow)
  })

  test('are told to come back when the server stops, after everything is stored', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using client = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const doc = docOf(7)
    for (let edit = 0; edit < 100; edit += 1) client.sendSync(2, typed(doc, 'x'))
    await client.answered(1)
    await using other = await server.openAnother()
    await server.stop()
    assert.deepEqual(await client.closed, { code: 1001, reason: 'going_away' })
    const stored = (await other.admin.text(`/nodes/${nodeId}/content`)).length
    assert.ok(
      stored >= client.statuses.length,
      `${stored} stored, ${client.statuses.length} acknowledged`,
    )
  })
})
