import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import {
  blockTable,
  docOf,
  openStockClient,
  openWriter,
  openYWebsocketClient,
  RawClient,
  startTestServer,
  typed,
  waitUntil,
  type TestCaller,
  type TestServer,
} from '../testing/index.ts'

async function share(server: TestServer, email: string, role: string): Promise<string> {
  const { items } = await server.admin.get<{ items: { id: string }[] }>('/spaces')
  const spaceId = items[0]?.id ?? ''
  const answer = await server.admin.send('PUT', `/spaces/${spaceId}/members`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, role }),
  })
  assert.ok(answer.ok, await answer.text())
  return spaceId
}

/** A text that Bob may open by this role. */
async function openShared(
  server: TestServer,
  role: string,
): Promise<{ bob: TestCaller; nodeId: string; spaceId: string }> {
  const bob = await server.addUser('Bob')
  const spaceId = await share(server, 'bob@example.com', role)
  return { bob, nodeId: await server.admin.createText('shared.md'), spaceId }
}

async function idOf(caller: TestCaller): Promise<string> {
  return (await caller.get<{ id: string }>('/me')).id
}

async function signOut(caller: TestCaller): Promise<void> {
  const answer = await caller.send('POST', '/auth/sign-out', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken: caller.refreshToken }),
  })
  assert.ok(answer.ok)
}

/** Types until an edit is refused. */
async function waitUntilRefused(client: RawClient, doc: Y.Doc): Promise<void> {
  await waitUntil('an edit is refused', async () => {
    const before = client.statuses.length
    client.sendSync(2, typed(doc, 'late '))
    return (await client.answered(before + 1)).at(-1) === false
  })
}

suite('who may do what in a live text', () => {
  test('lets a viewer read along and takes nothing from them', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'viewer')
    using ada = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'to be read')
    await ada.saved()
    using reader = await RawClient.open(bob, nodeId, { clientId: 7 })
    reader.sendSync(0, Uint8Array.of(0))
    await waitUntil('the reader has the text', () =>
      reader.frames.some((frame) => frame.step === 1),
    )
    const doc = docOf(7)
    reader.sendSync(2, typed(doc, 'written'))
    assert.deepEqual(await reader.answered(1), [false])
    assert.deepEqual(reader.messages.at(-1), { type: 'refused', reason: 'read_only' })
    reader.sendSync(1, Y.encodeStateAsUpdate(doc))
    assert.deepEqual(await reader.answered(2), [false, false])
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'to be read')
  })

  test('acknowledges what a viewer brings that is known already', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'viewer')
    using ada = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'known')
    await ada.saved()
    using reader = openStockClient(bob, nodeId)
    await reader.saved()
    assert.equal(reader.text.toString(), 'known')
  })

  test('does not tell a stranger that a text exists', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('private.md')
    const stranger = await server.addUser('Mallory')
    const denied: string[] = []
    using client = openStockClient(stranger, nodeId)
    client.provider.on('authenticationFailed', (event: { reason: string }) =>
      denied.push(event.reason),
    )
    using nowhere = openStockClient(stranger, crypto.randomUUID())
    nowhere.provider.on('authenticationFailed', (event: { reason: string }) =>
      denied.push(event.reason),
    )
    await waitUntil('both are denied', () => denied.length === 2)
    assert.deepEqual(denied, ['not_found', 'not_found'])
  })

  test('takes nothing more from somebody whose role was lowered while they type', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'editor')
    const doc = docOf(7)
    using client = await openWriter(bob, nodeId, doc, 'allowed')
    await share(server, 'bob@example.com', 'viewer')
    await waitUntilRefused(client, doc)
  })

  test('tells somebody who asked for it that they may edit now, or no longer', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'viewer')
    using client = await RawClient.open(bob, nodeId)
    using silent = await RawClient.open(bob, nodeId)
    client.sendStateless({ type: 'watch_saved' })
    await client.roundTrip()
    const heard = () => client.messages.filter(({ type }) => type === 'access')
    await share(server, 'bob@example.com', 'editor')
    await waitUntil('the editor is told', () => heard().length === 1)
    await share(server, 'bob@example.com', 'manager')
    await share(server, 'bob@example.com', 'commenter')
    await waitUntil('the reader is told', () => heard().length === 2)
    assert.deepEqual(
      heard().map(({ canEdit }) => canEdit),
      [true, false],
    )
    assert.deepEqual(silent.messages, [])
  })

  test('closes the sockets of somebody who is no member any more', async () => {
    await using server = await startTestServer()
    const { bob, nodeId, spaceId } = await openShared(server, 'editor')
    using client = await RawClient.open(bob, nodeId)
    await server.admin.delete(`/spaces/${spaceId}/members/${await idOf(bob)}`)
    assert.equal((await client.closed).reason, 'forbidden')
  })

  test('closes the sockets of a session that has ended', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using client = await RawClient.open(server.admin, nodeId)
    await signOut(server.admin)
    assert.equal((await client.closed).reason, 'signed_out')
  })

  test('closes a socket of several accounts when any of their sessions ends', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'editor')
    using client = await RawClient.open(bob, nodeId)
    const other = `text:${await server.admin.createText('other.md')}`
    client.authenticate(server.admin.accessToken, other)
    await waitUntil(
      'both are authenticated',
      () => client.frames.filter((frame) => frame.type === 2).length === 2,
    )
    await signOut(bob)
    assert.equal((await client.closed).reason, 'signed_out')
  })

  test('takes nothing from a socket whose session ended while its document was loaded', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'editor')
    const block = await blockTable(server, 'checkpoints')
    using client = await RawClient.open(bob, nodeId, { clientId: 7 })
    await signOut(bob)
    await block.release()
    assert.equal((await client.closed).reason, 'signed_out')
  })

  test('takes nothing from somebody whose role was lowered while the document was loaded', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'editor')
    const block = await blockTable(server, 'checkpoints')
    using client = await RawClient.open(bob, nodeId, { clientId: 7 })
    const doc = docOf(7)
    client.sendSync(2, typed(doc, 'late'))
    await share(server, 'bob@example.com', 'viewer')
    await block.release()
    assert.deepEqual(await client.answered(1), [false])
  })

  test('takes nothing from somebody whose role was lowered while a frame waited for its claims', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'editor')
    using known = await RawClient.open(bob, nodeId, { clientId: 6 })
    using unknown = await RawClient.open(bob, nodeId, { clientId: 7 })
    const [knownDoc, unknownDoc] = [docOf(6), docOf(7)]
    known.sendSync(2, typed(knownDoc, 'allowed'))
    await known.answered(1)
    const block = await blockTable(server, 'client_claims')
    unknown.sendSync(2, typed(unknownDoc, 'first '))
    unknown.sendSync(2, typed(unknownDoc, 'second '))
    await block.waitedFor()
    await share(server, 'bob@example.com', 'viewer')
    await waitUntilRefused(known, knownDoc)
    await block.release()
    assert.deepEqual(await unknown.answered(2), [false, false])
  })

  test('closes the sockets of a text that goes to the trash, after what was typed is stored', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    const doc = docOf(7)
    using client = await openWriter(server.admin, nodeId, doc, 'last words')
    await server.admin.delete(`/nodes/${nodeId}`)
    assert.equal((await client.closed).reason, 'trashed')
  })

  test('brings a text back from the trash for whoever has edited it without knowing', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    await server.admin.delete(`/nodes/${nodeId}`)
    using late = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const doc = docOf(7)
    late.sendSync(1, typed(doc, 'written on a train'))
    assert.deepEqual(await late.answered(1), [true])
    await waitUntil('it is back', async () => {
      const node = await server.admin.get<{ trashedAt: string | null }>(`/nodes/${nodeId}`)
      return node.trashedAt === null
    })
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'written on a train')
  })

  test('brings a text alone out of a folder of the trash for whoever has edited it offline', async () => {
    await using server = await startTestServer()
    const ada = server.admin
    const rootId = await ada.rootId()
    const make = (parentId: string, name: string, kind: string) =>
      ada.post<{ id: string }>('/nodes', { parentId, name, kind })
    const { id: folderId } = await make(rootId, 'folder', 'folder')
    const { id: nodeId } = await make(folderId, 'notes.md', 'text')
    using client = openStockClient(ada, nodeId)
    client.text.insert(0, 'words')
    await client.saved()
    client.socket.disconnect()
    await waitUntil('it is offline', () => client.socket.status === 'disconnected')
    client.text.insert(5, ' from a train')
    await ada.delete(`/nodes/${folderId}`)
    void client.socket.connect()
    await client.saved()
    const find = (id: string) =>
      ada.get<{ parentId: string; trashedAt: string | null }>(`/nodes/${id}`)
    await waitUntil('it is back', async () => (await find(nodeId)).parentId === rootId)
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'words from a train')
    assert.notEqual((await find(folderId)).trashedAt, null)
    client.text.insert(0, 'more ')
    await client.saved()
  })

  test('leaves a text in the trash for whoever brings nothing new', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    await server.admin.delete(`/nodes/${nodeId}`)
    using late = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    late.sendSync(1, Uint8Array.of(0, 0))
    await waitUntil('it is sent away', () =>
      late.frames.some(({ type, body }) => type === 2 && body[0] === 1),
    )
    const node = await server.admin.get<{ trashedAt: string | null }>(`/nodes/${nodeId}`)
    assert.notEqual(node.trashedAt, null)
  })
})

suite('tickets', () => {
  test('open one document and no other', async () => {
    await using server = await startTestServer()
    const [mine, other] = [
      await server.admin.createText('a.md'),
      await server.admin.createText('b.md'),
    ]
    const { ticket } = await server.admin.post<{ ticket: string }>('/live/tickets', {
      document: `text:${mine}`,
    })
    const close = await closeOf(`${server.url}/live/y/text:${other}?token=${ticket}`)
    assert.deepEqual(close, { code: 4403, reason: 'forbidden' })
  })

  test('are the only thing that opens the plain Yjs endpoint', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('a.md')
    for (const token of [server.admin.accessToken, 'nonsense', ''])
      assert.equal((await closeOf(`${server.url}/live/y/text:${nodeId}?token=${token}`)).code, 4401)
    assert.equal((await closeOf(`${server.url}/live/y/text:${nodeId}`)).code, 4404)
    assert.equal((await closeOf(`${server.url}/live/y/%E0%A4%A?token=a`)).code, 4404)
  })

  test('are refused for what the caller may not read', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('a.md')
    const stranger = await server.addUser('Mallory')
    const answer = await stranger.send('POST', '/live/tickets', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ document: `text:${nodeId}` }),
    })
    assert.equal(answer.status, 404)
  })

  test('give a viewer a y-websocket client that reads', async () => {
    await using server = await startTestServer()
    const { bob, nodeId } = await openShared(server, 'viewer')
    using ada = openStockClient(server.admin, nodeId)
    ada.text.insert(0, 'to be read')
    await ada.saved()
    using reader = await openYWebsocketClient(bob, nodeId)
    await waitUntil('the reader has the text', () => reader.text.toString() === 'to be read')
    reader.text.insert(0, 'written ')
    ada.text.insert(0, 'more ')
    await waitUntil('the reader sees more', () => reader.text.toString().includes('more '))
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'more to be read')
  })
})

async function closeOf(url: string): Promise<{ code: number; reason: string }> {
  const socket = new WebSocket(url.replace('http', 'ws'))
  return new Promise((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
  })
}
