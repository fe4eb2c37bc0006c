import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { Compactor } from '../src/features/live/compactor.ts'
import { DocumentStore } from '../src/features/live/document-store.ts'
import { openStockClient, startTestServer, waitUntil, type TestServer } from '../testing/index.ts'
import { pino } from 'pino'

const log = pino({ level: 'silent' })

function openCompactor(server: TestServer, now = () => new Date()) {
  const db = server.db.database.kysely
  const store = new DocumentStore(db)
  return { store, compactor: new Compactor({ db, store, clock: { now }, log }) }
}

/** Types words one by one, each a row of the log, and gives the text after each. */
async function typeWords(
  server: TestServer,
  nodeId: string,
  count: number,
  from = 0,
): Promise<string[]> {
  using ada = openStockClient(server.admin, nodeId)
  await ada.saved()
  const texts: string[] = []
  for (let word = from; word < from + count; word += 1) {
    const at = (word * 7) % (ada.text.length + 1)
    if (word % 5 === 4) ada.text.delete(Math.min(at, ada.text.length - 2), 2)
    else ada.text.insert(at, `${word} `)
    texts.push(ada.text.toString())
  }
  await ada.saved()
  return texts
}

async function countRows(server: TestServer, table: string, nodeId: string): Promise<number> {
  const { rows } = await server.db.database.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table} WHERE document_id = $1`,
    [nodeId],
  )
  return rows[0]?.count ?? 0
}

suite('compaction', () => {
  test('folds the log into a checkpoint, and the text and every earlier text stay readable', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    const { store, compactor } = openCompactor(server)
    await using _compactor = compactor
    const texts: string[] = []
    for (let part = 0; part < 20; part += 1) {
      texts.push(...(await typeWords(server, nodeId, 10, part * 10)))
      await compactor.compact(nodeId)
    }
    assert.equal(await countRows(server, 'update_log', nodeId), 0)
    assert.equal(await countRows(server, 'checkpoints', nodeId), 1)
    assert.equal(await countRows(server, 'history_segments', nodeId), 20)
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), texts.at(-1))
    for (const [index, text] of texts.entries()) {
      const doc = await store.findAt(nodeId, { epoch: 1, seq: index + 1 })
      assert.equal(doc?.getText('content').toString(), text)
    }
    await using restarted = await server.openAnother()
    assert.equal(await restarted.admin.text(`/nodes/${nodeId}/content`), texts.at(-1))
  })

  test('runs by itself when the tail is long, while people go on typing', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using ada = openStockClient(server.admin, nodeId)
    await ada.saved()
    for (let word = 0; word < 1_200; word += 1) {
      ada.text.insert(ada.text.length, `${word} `)
      if (word % 50 === 0) await ada.saved()
    }
    await ada.saved()
    await waitUntil(
      'a checkpoint is there',
      async () => (await countRows(server, 'checkpoints', nodeId)) === 1,
    )
    await using restarted = await server.openAnother()
    assert.equal(await restarted.admin.text(`/nodes/${nodeId}/content`), ada.text.toString())
  })

  test('does its work once when two servers want it at the same moment', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    const texts = await typeWords(server, nodeId, 40)
    const [one, two] = [openCompactor(server), openCompactor(server)]
    await using _one = one.compactor
    await using _two = two.compactor
    const folded = await Promise.all([one.compactor.compact(nodeId), two.compactor.compact(nodeId)])
    assert.deepEqual(
      folded.toSorted((a, b) => a - b),
      [0, 40],
    )
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), texts.at(-1))
  })

  test('never folds in what waits for something that is missing', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    await typeWords(server, nodeId, 4)
    const doc = new Y.Doc()
    doc.clientID = 99
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    doc.getText('content').insert(0, 'first ')
    doc.getText('content').insert(6, 'second')
    const { pool } = server.db.database
    const add = (seq: number, payload: Uint8Array | undefined) =>
      pool.query('INSERT INTO update_log (document_id, seq, payload) VALUES ($1, $2, $3)', [
        nodeId,
        seq,
        Buffer.from(payload ?? []),
      ])
    await add(5, updates[1])
    await pool.query('UPDATE documents SET seq = 5 WHERE id = $1', [nodeId])
    const { store, compactor } = openCompactor(server)
    await using _compactor = compactor
    assert.equal(await compactor.compact(nodeId), 4)
    assert.equal(await countRows(server, 'update_log', nodeId), 1)
    await add(6, updates[0])
    await pool.query('UPDATE documents SET seq = 6 WHERE id = $1', [nodeId])
    const restored = await store.findAt(nodeId, { epoch: 1, seq: 6 })
    assert.ok(restored?.getText('content').toString().includes('first second'))
    assert.equal(await compactor.compact(nodeId), 2)
  })

  test('sheds history after thirty days and keeps what is younger readable', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    const in40Days = () => new Date(Date.now() + 40 * 86_400_000)
    const { store, compactor } = openCompactor(server, in40Days)
    await using _compactor = compactor
    const texts: string[] = []
    for (let part = 0; part < 12; part += 1) {
      texts.push(...(await typeWords(server, nodeId, 3, part * 3)))
      await compactor.compact(nodeId)
    }
    await compactor.expireHistory()
    const left = await countRows(server, 'history_segments', nodeId)
    assert.ok(left > 0 && left < 12, `${left} segments are left`)
    const last = await store.findAt(nodeId, { epoch: 1, seq: texts.length - 1 })
    assert.equal(last?.getText('content').toString(), texts.at(-2))
    assert.equal(await store.findAt(nodeId, { epoch: 1, seq: 1 }), undefined)
  })

  test('refuses to open a log with a hole', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    await typeWords(server, nodeId, 4)
    await server.db.database.pool.query(
      'DELETE FROM update_log WHERE document_id = $1 AND seq = 2',
      [nodeId],
    )
    const { store, compactor } = openCompactor(server)
    await using _compactor = compactor
    await assert.rejects(store.find(nodeId), /lacks row 2/)
  })
})
