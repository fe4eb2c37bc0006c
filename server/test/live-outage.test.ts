import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import {
  blockAppends,
  docOf,
  failNextAppend,
  openStockClient,
  openWriter,
  openYWebsocketClient,
  RawClient,
  readMetric,
  startTestServer,
  typed,
  waitUntil,
  type TestServer,
} from '../testing/index.ts'

async function rename(server: TestServer, from: string, to: string): Promise<void> {
  await server.db.database.pool.query(`ALTER TABLE ${from} RENAME TO ${to}`)
}

async function lockTable(server: TestServer, table: string): Promise<{ release(): Promise<void> }> {
  const client = await server.db.database.pool.connect()
  await client.query('BEGIN')
  await client.query(`LOCK TABLE ${table}`)
  return {
    async release() {
      await client.query('ROLLBACK')
      client.release()
    },
  }
}

suite('while the database does not answer', () => {
  for (const [what, table] of [
    ['the access to a text', 'nodes'],
    ['a text', 'update_log'],
  ] as const) {
    test(`a stock client that finds ${what} unreadable comes back until it is readable`, async () => {
      await using server = await startTestServer()
      const nodeId = await server.admin.createText('notes.md')
      await rename(server, table, 'away')
      using ada = openStockClient(server.admin, nodeId)
      const closes: number[] = []
      ada.socket.on('close', ({ event }: { event: { code: number } }) => closes.push(event.code))
      ada.text.insert(0, 'typed meanwhile')
      await waitUntil('it has come back in vain', () => closes.length >= 2)
      assert.deepEqual(new Set(closes), new Set([1013]))
      await rename(server, 'away', table)
      await ada.saved()
      assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'typed meanwhile')
    })
  }
})

suite('an append that fails', () => {
  test('is brought again by a y-websocket client too, which has no acknowledgements', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = await openYWebsocketClient(server.admin, nodeId)
    await waitUntil('it is in sync', () => ada.provider.synced)
    await failNextAppend(server)
    ada.text.insert(0, 'one')
    await waitUntil('it is given up', () => !ada.provider.wsconnected)
    await waitUntil(
      'the edit is stored',
      async () => (await server.admin.text(`/nodes/${nodeId}/content`)) === 'one',
    )
  })

  test('takes with it all frames behind it, and acknowledges none of them', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    const doc = docOf(7)
    using ada = await openWriter(server.admin, nodeId, doc, 'a')
    await failNextAppend(server)
    for (let edit = 0; edit < 200; edit += 1) ada.sendSync(2, typed(doc, 'x'))
    assert.deepEqual(await ada.closed, { code: 1011, reason: 'store_failed' })
    assert.deepEqual(ada.statuses, [true])
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'a')
    await using restarted = await server.openAnother()
    assert.equal(await restarted.admin.text(`/nodes/${nodeId}/content`), 'a')
  })

  test('takes with it a frame of somebody else that waits for the owner of its client id', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    const doc = docOf(7)
    using ada = await openWriter(server.admin, nodeId, doc, 'one ')
    using peer = await RawClient.open(server.admin, nodeId, { clientId: 8 })
    await failNextAppend(server)
    const claims = await lockTable(server, 'client_claims')
    const lost = typed(doc, 'lost ')
    const peers = docOf(8)
    Y.applyUpdate(peers, Y.encodeStateAsUpdate(doc))
    peer.sendSync(2, typed(peers, 'built on it '))
    await peer.roundTrip()
    // It does not answer the closing handshake in time.
    peer.stopReading()
    ada.sendSync(2, lost)
    await ada.closed
    await claims.release()
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'one ')
    assert.deepEqual(peer.statuses, [])
    await using restarted = await server.openAnother()
    assert.equal(await restarted.admin.text(`/nodes/${nodeId}/content`), 'one ')
    assert.equal(await readMetric(server, 'cloudsync_live_updates_total'), 2)
  })

  test('refuses nobody: a peer comes back with structs of somebody who is gone, and goes on', async () => {
    await using server = await startTestServer()
    const eve = await server.addEditor('Eve')
    const nodeId = await server.admin.createText('shared.md')
    const ada = openStockClient(server.admin, nodeId)
    using peer = openStockClient(eve, nodeId)
    ada.text.insert(0, 'one ')
    await ada.saved()
    await waitUntil('the peer sees it', () => peer.text.toString() === 'one ')
    await failNextAppend(server)
    ada.text.insert(4, 'lost ')
    await waitUntil('the peer saw what is not stored', () => peer.text.toString() === 'one lost ')
    ada.socket.disconnect()
    await waitUntil('the peer is back', () => peer.provider.isSynced)
    peer.text.insert(0, 'peer ')
    await waitUntil('the peer goes on', async () =>
      (await server.admin.text(`/nodes/${nodeId}/content`)).startsWith('peer one '),
    )
    void ada.socket.connect()
    await Promise.all([ada.saved(), peer.saved()])
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'peer one lost ')
    assert.equal(
      await readMetric(server, 'cloudsync_live_evictions_total{reason="append_failed"}'),
      1,
    )
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    assert.doesNotMatch(metrics, /^cloudsync_live_refusals_total\S* [1-9]/m)
    ada[Symbol.dispose]()
  })
})

suite('an append under way', () => {
  test('keeps its document in memory, so that whoever opens it next sees the edit', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await server.admin.createText('notes.md')
    const doc = docOf(7)
    {
      using _first = await openWriter(server.admin, nodeId, doc, 'one ')
    }
    await waitUntil('it has left', async () => (await readMetric(server, documents)) === 0)
    using ada = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    const block = await blockAppends(server, nodeId)
    ada.sendSync(2, typed(doc, 'two '))
    await waitUntil(
      'the append is under way',
      async () => (await readMetric(server, outstanding)) === 1,
    )
    ada[Symbol.dispose]()
    await waitUntil('nobody has it open', async () => (await readMetric(server, connections)) === 0)
    using reader = openStockClient(server.admin, nodeId)
    await waitUntil('the reader sees both', () => reader.text.toString() === 'two one ')
    await block.release()
    await reader.saved()
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), 'two one ')
  })
})

const documents = 'cloudsync_live_documents'
const connections = 'cloudsync_live_connections'
const outstanding = 'cloudsync_log_outstanding'
