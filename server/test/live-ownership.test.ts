import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import {
  blockAppends,
  countLogRows,
  docOf,
  openStockClient,
  openWriter,
  RawClient,
  startTestServer,
  typed,
  waitUntil,
  type TestCaller,
  type TestServer,
} from '../testing/index.ts'

/** Two people who may edit the same text. */
async function openShared(
  server: TestServer,
): Promise<{ ada: TestCaller; eve: TestCaller; nodeId: string }> {
  const eve = await server.addEditor('Eve')
  return { ada: server.admin, eve, nodeId: await server.admin.createText('shared.md') }
}

async function quarantined(server: TestServer, nodeId: string): Promise<string[]> {
  const { rows } = await server.db.database.pool.query<{ reason: string }>(
    'SELECT reason FROM quarantine WHERE document_id = $1 ORDER BY id',
    [nodeId],
  )
  return rows.map((row) => row.reason)
}

/** A document with what another holds, that goes on under its client id. */
function continued(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  copy.clientID = doc.clientID
  return copy
}

suite('ownership of client ids', () => {
  test('lets people join whatever waits for others, without writing it again each time', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    const [unknown, doc] = [docOf(99), docOf(7)]
    typed(unknown, 'nobody has this')
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(unknown))
    using author = await RawClient.open(eve, nodeId, { clientId: 7 })
    author.sendSync(2, typed(doc, 'behind it', 3))
    const rows = () => countLogRows(server, nodeId)
    await waitUntil('it is stored', async () => (await rows()) === 1)
    const join = async (caller: TestCaller) => {
      using client = openStockClient(caller, nodeId)
      await client.saved()
      assert.equal(client.text.toJSON(), '')
    }
    for (let joins = 0; joins < 3; joins += 1) await join(ada)
    await using restarted = await server.openAnother()
    for (let joins = 0; joins < 3; joins += 1) await join(restarted.admin)
    assert.equal(await rows(), 1)
    assert.deepEqual(await quarantined(server, nodeId), [])
    author.sendSync(2, typed(doc, 'and more', 4))
    await waitUntil('the next is stored too', async () => (await rows()) === 2)
    assert.deepEqual(author.statuses, [])
  })

  test('strips structs forged under the id of somebody else and lets the owner go on typing', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    const doc = docOf(7)
    using owner = await openWriter(ada, nodeId, doc, 'mine ')
    using forger = await RawClient.open(eve, nodeId, { clientId: 9 })
    const forged = continued(doc)
    forger.sendSync(2, typed(forged, 'forged '))
    assert.deepEqual(await forger.answered(1), [true])
    owner.sendSync(2, typed(doc, 'still '))
    assert.deepEqual(await owner.answered(2), [true, true])
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'still mine ')
    await waitUntil('the forgery is in quarantine', async () =>
      (await quarantined(server, nodeId)).includes('foreign_client'),
    )
    // What was stripped is in no row of the log either.
    await using restarted = await server.openAnother()
    assert.equal(await restarted.admin.text(`/nodes/${nodeId}/content`), 'still mine ')
  })

  test('takes the deletes that come with forged structs', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    const doc = docOf(7)
    using _owner = await openWriter(ada, nodeId, doc, 'mine ')
    using forger = await RawClient.open(eve, nodeId, { clientId: 9 })
    const forged = continued(doc)
    forged.transact(() => {
      forged.getText('content').insert(5, 'forged')
      forged.getText('content').delete(0, 3)
    })
    forger.sendSync(2, Y.encodeStateAsUpdate(forged, Y.encodeStateVector(doc)))
    assert.deepEqual(await forger.answered(1), [true])
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'e ')
  })

  test('keeps only so much of what one person forges, however much it is', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    using _owner = await openWriter(ada, nodeId, docOf(7), 'mine ')
    using forger = await RawClient.open(eve, nodeId, { clientId: 9 })
    const forged = typed(docOf(7), 'x'.repeat(1_000_000))
    for (let frame = 1; frame <= 20; frame += 1) {
      forger.sendSync(2, forged)
      await forger.answered(frame)
    }
    await waitUntil(
      'some are in quarantine',
      async () => (await quarantined(server, nodeId)).length >= 16,
    )
    assert.equal((await quarantined(server, nodeId)).length, 16)
  })

  test('acknowledges what builds on stripped structs only when their owner has brought them', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    const adas = docOf(7)
    const eves = docOf(9)
    {
      using owner = await RawClient.open(ada, nodeId, { clientId: 7 })
      const first = typed(adas, 'one ')
      Y.applyUpdate(eves, first)
      owner.sendSync(2, first)
      await owner.answered(1)
    }
    // Eve saw an edit of Ada's that the server has never stored, and typed behind it.
    Y.applyUpdate(eves, typed(adas, 'two ', 4))
    eves.getText('content').insert(8, 'three')
    using peer = await RawClient.open(eve, nodeId, { clientId: 9 })
    peer.sendSync(1, Y.encodeStateAsUpdate(eves))
    await waitUntil(
      'it is in quarantine',
      async () => (await quarantined(server, nodeId)).length === 1,
    )
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'one ')
    assert.deepEqual(peer.statuses, [])
    using reader = openStockClient(ada, nodeId)
    await reader.saved()
    reader.text.insert(0, 'zero ')
    await reader.saved()
    // Their owner's row is not durable yet: after a crash now, Eve's words would be invisible again.
    const block = await blockAppends(server, nodeId)
    using owner = await RawClient.open(ada, nodeId, { clientId: 7 })
    owner.sendSync(1, Y.encodeStateAsUpdate(adas))
    await waitUntil('all is seen', () => reader.text.toString() === 'zero one two three')
    assert.deepEqual(peer.statuses, [])
    await block.release()
    assert.deepEqual(await owner.answered(1), [true])
    assert.deepEqual(await peer.answered(1), [true])
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'zero one two three')
    // What her edit has made visible is news to her.
    for (const update of owner.updates) Y.applyUpdate(adas, update)
    assert.match(adas.getText('content').toString(), /one two three$/)
  })

  test('does not let anybody take an id by claiming a clock far ahead', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    const doc = docOf(7)
    using owner = await openWriter(ada, nodeId, doc, 'a')
    using forger = await RawClient.open(eve, nodeId, { clientId: 9 })
    // One GC struct of client 7 from clock 1 on, a million long.
    forger.sendSync(2, Uint8Array.of(1, 1, 7, 1, 0, 0xc0, 0x84, 0x3d, 0))
    await forger.answered(1)
    owner.sendSync(2, typed(doc, 'b'))
    await owner.answered(2)
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'ba')
  })

  test('does not let anybody take an id that was shown and has written nothing yet', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    using owner = await RawClient.open(ada, nodeId, { clientId: 7 })
    using watcher = openStockClient(eve, nodeId)
    await waitUntil('the owner is seen', () => watcher.provider.awareness?.states.has(7) ?? false)
    using forger = await RawClient.open(eve, nodeId, { clientId: 9 })
    // One GC struct of client 7 from clock 0 on, a million long.
    forger.sendSync(2, Uint8Array.of(1, 1, 7, 0, 0, 0xc0, 0x84, 0x3d, 0))
    await forger.answered(1)
    owner.sendSync(2, typed(docOf(7), 'mine'))
    assert.deepEqual(await owner.answered(1), [true])
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'mine')
  })

  test('takes from a tab what another tab of the same person has written and not brought', async () => {
    await using server = await startTestServer()
    const { ada, nodeId } = await openShared(server)
    using first = await RawClient.open(ada, nodeId, { clientId: 7 })
    using second = await RawClient.open(ada, nodeId, { clientId: 8 })
    const [one, two] = [docOf(7), docOf(8)]
    first.sendSync(2, typed(one, 'first '))
    await first.answered(1)
    // Tabs pass edits on to each other; the second is faster than the first here.
    const passedOn = typed(one, 'passed on ')
    Y.applyUpdate(two, Y.encodeStateAsUpdate(one))
    second.sendSync(2, passedOn)
    second.sendSync(2, typed(two, 'second '))
    assert.deepEqual(await second.answered(2), [true, true])
    first.sendSync(2, passedOn)
    assert.deepEqual(await first.answered(2), [true, true])
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'second passed on first ')
    assert.deepEqual(await quarantined(server, nodeId), [])
  })

  test('goes on with a client that Yjs has given another id while it was connected', async () => {
    await using server = await startTestServer()
    const { ada, nodeId } = await openShared(server)
    using client = await RawClient.open(ada, nodeId, { clientId: 7 })
    const doc = docOf(7)
    client.sendSync(2, typed(doc, 'one '))
    doc.clientID = 8
    client.sendSync(2, typed(doc, 'two '))
    client.declare(8)
    client.sendSync(2, typed(doc, 'three '))
    assert.deepEqual(await client.answered(3), [true, true, true])
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'three two one ')
    assert.deepEqual(await quarantined(server, nodeId), [])
  })

  test('keeps an id with its user over reconnects, reloads and a second tab', async () => {
    await using server = await startTestServer()
    const { ada, nodeId } = await openShared(server)
    const doc = docOf(7)
    {
      using _first = await openWriter(ada, nodeId, doc, 'one ')
    }
    {
      using _again = await openWriter(ada, nodeId, doc, 'two ')
    }
    // A reload brings what the old id wrote offline under a fresh id of its own.
    const offline = typed(doc, 'three ')
    using reloaded = await RawClient.open(ada, nodeId, { clientId: 8 })
    reloaded.sendSync(1, offline)
    assert.deepEqual(await reloaded.answered(1), [true])
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'three two one ')
    assert.deepEqual(await quarantined(server, nodeId), [])
  })

  test('takes from a peer what a never-claimed id wrote, and lets its writer go on later', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    const doc = docOf(7)
    const first = typed(doc, 'relayed ')
    using relay = await RawClient.open(eve, nodeId, { clientId: 9 })
    relay.sendSync(2, first)
    assert.deepEqual(await relay.answered(1), [true])
    using _owner = await openWriter(ada, nodeId, doc, 'own ')
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'own relayed ')
    assert.deepEqual(await quarantined(server, nodeId), [])
  })

  test('does not take the departures of others, which a reconnecting provider sends first, for a declaration', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    using peer = await RawClient.open(eve, nodeId)
    peer.declare(7, null)
    peer.declare(9)
    peer.sendSync(2, typed(docOf(9), 'peer '))
    assert.deepEqual(await peer.answered(1), [true])
    using _owner = await openWriter(ada, nodeId, docOf(7), 'owner ')
    assert.equal((await ada.text(`/nodes/${nodeId}/content`)).length, 'peer owner '.length)
    assert.deepEqual(await quarantined(server, nodeId), [])
  })

  test('never tells somebody that words are saved which were not taken', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    using _first = await openWriter(eve, nodeId, docOf(7), 'first ')
    using second = await RawClient.open(ada, nodeId, { clientId: 7 })
    second.sendSync(2, typed(docOf(7), 'the same id by chance '))
    assert.deepEqual(await second.answered(1), [false])
    assert.deepEqual(second.messages.at(-1), { type: 'refused', reason: 'foreign_client' })
    assert.equal(await ada.text(`/nodes/${nodeId}/content`), 'first ')
  })

  test('shows at once that somebody is there no more who stays connected', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    using watcher = openStockClient(ada, nodeId)
    using leaver = openStockClient(eve, nodeId)
    const isSeen = () => watcher.provider.awareness?.states.has(leaver.doc.clientID) ?? false
    // What the stock client shows before anything is set is taken for old; it shows it again after 15 seconds.
    leaver.provider.setAwarenessField('cursor', 1)
    await waitUntil('Eve is seen', isSeen)
    const since = performance.now()
    leaver.provider.awareness?.setLocalState(null)
    await waitUntil('Eve is not seen', () => !isSeen())
    assert.ok(performance.now() - since < 10_000, 'only her time-out has shown it')
    leaver.text.insert(0, 'still typing')
    await leaver.saved()
  })

  test('shows under a client id only what its own connection says of itself', async () => {
    await using server = await startTestServer()
    const { ada, eve, nodeId } = await openShared(server)
    using watcher = openStockClient(ada, nodeId)
    using owner = await RawClient.open(ada, nodeId, { clientId: 7 })
    using forger = await RawClient.open(eve, nodeId, { clientId: 9 })
    forger.declare(7, { cursor: 'forged', user: { name: 'Ada' } })
    forger.declare(9, { cursor: 'real', user: { name: 'Somebody else', color: 'red' } })
    const states = () => watcher.provider.awareness?.getStates() ?? new Map()
    await waitUntil('the forger is seen', () => states().get(9)?.['cursor'] === 'real')
    assert.equal(states().get(9)?.['user'].name, 'Eve')
    assert.equal(states().get(7)?.['cursor'], undefined)
    assert.ok(owner)
  })
})
