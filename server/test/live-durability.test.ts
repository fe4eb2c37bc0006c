import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import {
  blockAppends,
  countLogRows,
  docOf,
  failNextAppend,
  openStockClient,
  RawClient,
  startTestServer,
  typed,
  waitUntil,
} from '../testing/index.ts'

suite('acknowledgement', () => {
  test('comes after the commit and not before, while others see the edit at once', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    using bob = openStockClient(server.admin, nodeId)
    await bob.saved()
    const doc = docOf(7)
    ada.sendSync(2, typed(doc, 'claimed'))
    await ada.answered(1)
    const block = await blockAppends(server, nodeId)
    ada.sendSync(2, typed(doc, 'early '))
    await waitUntil('bob sees the edit', () => bob.text.toString() === 'early claimed')
    assert.deepEqual(ada.statuses, [true])
    assert.equal(await countLogRows(server, nodeId), 1)
    await block.release()
    assert.deepEqual(await ada.answered(2), [true, true])
    assert.equal(await countLogRows(server, nodeId), 2)
  })

  test('waits from a SyncStep1 until the SyncStep2 that answers ours is durable', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const doc = docOf(7)
    ada.sendSync(0, Uint8Array.of(0))
    ada.sendSync(2, typed(doc, 'queued while offline'))
    await waitUntil('the edit is durable', async () => (await countLogRows(server, nodeId)) === 1)
    assert.deepEqual(ada.statuses, [])
    ada.sendSync(1, Y.encodeStateAsUpdate(doc))
    assert.deepEqual(await ada.answered(2), [true, true])
  })

  test('comes in the end to a client that never answers our SyncStep1', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const doc = docOf(7)
    ada.sendSync(0, Uint8Array.of(0))
    ada.sendSync(2, typed(doc, 'words'))
    assert.deepEqual(await ada.answered(1), [true])
    assert.equal(await countLogRows(server, nodeId), 1)
  })

  test('never comes for an update with a gap whose author does not bring the rest', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const doc = docOf(7)
    typed(doc, 'lost ')
    ada.sendSync(2, typed(doc, 'behind it'))
    assert.deepEqual(await ada.closed, { code: 1013, reason: 'try_again_later' })
    assert.deepEqual(ada.statuses, [])
    assert.equal(await countLogRows(server, nodeId), 0)
  })

  test('tells a watching client exactly how many of its frames are on disk', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const doc = docOf(7)
    ada.sendStateless({ type: 'watch_saved' })
    ada.sendSync(2, typed(doc, 'one'))
    ada.sendSync(2, typed(doc, 'two'))
    await waitUntil('both are saved', () =>
      ada.messages.some((message) => message['received'] === 2),
    )
    assert.deepEqual(ada.messages.at(-1), { type: 'saved', epoch: 1, seq: 2, received: 2 })
  })

  test('logs nothing for a client that comes back with what is known', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'some words')
    ada.text.delete(2, 3)
    await ada.saved()
    const rows = await countLogRows(server, nodeId)
    for (let time = 0; time < 3; time += 1) {
      ada.socket.disconnect()
      await waitUntil('the socket is closed', () => ada.socket.status === 'disconnected')
      void ada.socket.connect()
      await waitUntil('the socket is open again', () => ada.socket.status === 'connected')
      await ada.saved()
    }
    assert.equal(await countLogRows(server, nodeId), rows)
  })
})

suite('an append that fails', () => {
  test('loses nothing: the document is given up and its author brings the edit again', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'one ')
    await ada.saved()
    await failNextAppend(server)
    ada.text.insert(4, 'two')
    await ada.saved()
    using fresh = openStockClient(server.admin, nodeId)
    await fresh.saved()
    assert.equal(fresh.text.toString(), 'one two')
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'one two')
  })

  test('is brought again by somebody who saw the edit when its author is gone', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = openStockClient(server.admin, nodeId)
    using tab = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'one ')
    await ada.saved()
    await waitUntil('the other tab sees it', () => tab.text.toString() === 'one ')
    await failNextAppend(server)
    ada.text.insert(4, 'two')
    await waitUntil('the other tab saw the edit', () => tab.text.toString() === 'one two')
    ada[Symbol.dispose]()
    await waitUntil(
      'the edit is stored',
      async () => (await server.admin.text(`/nodes/${nodeId}/content`)) === 'one two',
    )
  })
})

suite('a restart', () => {
  test('finds everything that was acknowledged', async () => {
    await using first = await startTestServer()
    const nodeId = await first.admin.createText('notes.md')
    {
      using ada = openStockClient(first.admin, nodeId)
      for (let word = 0; word < 50; word += 1) ada.text.insert(ada.text.length, `${word} `)
      await ada.saved()
    }
    const expected = Array.from({ length: 50 }, (_, word) => `${word} `).join('')
    await using second = await first.openAnother()
    assert.equal(await second.admin.text(`/nodes/${nodeId}/content`), expected)
  })
})
