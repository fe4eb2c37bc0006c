import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import {
  openStockClient,
  openYWebsocketClient,
  RawClient,
  startTestServer,
  typed,
  waitUntil,
} from '../testing/index.ts'

interface Shown {
  readonly cursor?: unknown
  readonly user?: { readonly name: string }
}

suite('co-editing with stock clients', () => {
  test('lets two people type in one text and shows both the same', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = openStockClient(server.admin, nodeId)
    using bob = openStockClient(server.admin, nodeId)
    await ada.saved()
    await bob.saved()
    ada.text.insert(0, 'Hello ')
    bob.text.insert(0, 'World ')
    await waitUntil(
      'both see both',
      () => ada.text.length === 12 && ada.text.toString() === bob.text.toString(),
    )
    await ada.saved()
    await bob.saved()
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), ada.text.toString())
  })

  test('lets a Hocuspocus client and a y-websocket client share a text and see each other', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = openStockClient(server.admin, nodeId)
    using bob = await openYWebsocketClient(server.admin, nodeId)
    await ada.saved()
    await waitUntil('the y-websocket client is in sync', () => bob.provider.synced)
    ada.text.insert(0, 'from Hocuspocus. ')
    bob.text.insert(0, 'from y-websocket. ')
    await waitUntil(
      'both see both',
      () => ada.text.length > 30 && ada.text.toString() === bob.text.toString(),
    )
    bob.provider.awareness.setLocalStateField('cursor', { anchor: 1 })
    ada.provider.awareness?.setLocalStateField('cursor', { anchor: 2 })
    const shownToAda = () =>
      ada.provider.awareness?.getStates().get(bob.doc.clientID) as Shown | undefined
    const shownToBob = () =>
      bob.provider.awareness.getStates().get(ada.doc.clientID) as Shown | undefined
    await waitUntil(
      'each sees the other',
      () => shownToAda()?.cursor !== undefined && shownToBob()?.cursor !== undefined,
    )
    assert.ok(shownToAda()?.user?.name)
    assert.equal(shownToBob()?.user?.name, shownToAda()?.user?.name)
  })

  test('brings together what was typed while one was offline', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = openStockClient(server.admin, nodeId)
    using bob = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'start')
    await waitUntil('bob sees it', () => bob.text.toString() === 'start')
    bob.socket.disconnect()
    await waitUntil('bob is offline', () => bob.socket.status === 'disconnected')
    bob.text.insert(5, ' bob')
    ada.text.insert(0, 'ada ')
    await ada.saved()
    void bob.socket.connect()
    await waitUntil(
      'both agree',
      () => bob.text.toString() === 'ada start bob' && ada.text.toString() === bob.text.toString(),
    )
  })

  test('carries many documents on one socket without mixing them', async () => {
    await using server = await startTestServer()
    const ids = await Promise.all(
      ['a.md', 'b.md', 'c.md'].map((name) => server.admin.createText(name)),
    )
    const clients = ids.map((id) => openStockClient(server.admin, id))
    for (const [index, client] of clients.entries()) client.text.insert(0, `text ${index}`)
    for (const client of clients) await client.saved()
    for (const [index, id] of ids.entries())
      assert.equal(await server.admin.text(`/nodes/${id}/content`), `text ${index}`)
    for (const client of clients) client[Symbol.dispose]()
  })

  test('sends an edit to everybody but its author', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    const [adas, bobs] = [new Y.Doc(), new Y.Doc()]
    using ada = await RawClient.open(server.admin, nodeId, { clientId: adas.clientID })
    using bob = await RawClient.open(server.admin, nodeId, { clientId: bobs.clientID })
    ada.sendSync(2, typed(adas, 'from Ada. '))
    await waitUntil('Bob has it', () => bob.updates.length === 1)
    bob.sendSync(2, typed(bobs, 'from Bob. '))
    await waitUntil('Ada has it', () => ada.updates.length === 1)
    for (const update of ada.updates) Y.applyUpdate(adas, update)
    for (const update of bob.updates) Y.applyUpdate(bobs, update)
    assert.equal(adas.getText('content').length, 20)
    assert.equal(adas.getText('content').toString(), bobs.getText('content').toString())
    assert.deepEqual([ada.updates.length, bob.updates.length], [1, 1])
  })
})
