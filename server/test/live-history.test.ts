import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { Compactor } from '../src/features/live/compactor.ts'
import { DocumentHistory } from '../src/features/live/document-history.ts'
import { DocumentStore } from '../src/features/live/document-store.ts'
import {
  openStockClient,
  openTestSeals,
  startTestServer,
  waitUntil,
  type TestServer,
} from '../testing/index.ts'
import { pino } from 'pino'

const log = pino({ level: 'silent' })

async function openCompactor(server: TestServer, now = () => new Date()) {
  const db = server.db.database.kysely
  const seals = await openTestSeals(server.db.database)
  const store = new DocumentStore(db, seals)
  const history = new DocumentHistory(db, seals)
  return { store, history, compactor: new Compactor({ db, store, seals, clock: { now }, log }) }
}

/** Types words one by one, each a row of the log, and gives the text after each. */
async function typeWords(
  server: Pick<TestServer, 'admin'>,
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

type Tools = Pick<Awaited<ReturnType<typeof openCompactor>>, 'store' | 'history'>

/** The text after each row of the log, folded or not. */
async function readEveryText({ store, history }: Tools, nodeId: NodeId): Promise<string[]> {
  const stored = await store.find(nodeId)
  assert.ok(stored)
  const texts: string[] = []
  for (let seq = 1; seq <= stored.seq; seq += 1) {
    const doc = await history.findAt(nodeId, { epoch: stored.epoch, seq })
    assert.ok(doc, `row ${seq} can be read`)
    texts.push(doc.getText('content').toString())
  }
  return texts
}

/** The words of two people, the second's behind the first's. */
function writeTwoWords(): [Uint8Array, Uint8Array] {
  const [one, other] = [new Y.Doc(), new Y.Doc()]
  one.clientID = 98
  other.clientID = 99
  one.getText('content').insert(0, 'first ')
  const first = Y.encodeStateAsUpdate(one)
  Y.applyUpdate(other, first)
  other.getText('content').insert(6, 'second')
  return [first, Y.encodeStateAsUpdate(other, Y.encodeStateVector(one))]
}

/** Writes a row of somebody who is not there, to whom the client ids belong. */
async function appendRow(server: TestServer, nodeId: string, payload: Uint8Array): Promise<void> {
  await server.db.database.pool.query(
    `WITH next AS (UPDATE documents SET seq = seq + 1 WHERE id = $1 RETURNING seq)
    INSERT INTO update_log (document_id, seq, payload) SELECT $1, seq, $2 FROM next`,
    [nodeId, Buffer.from(payload)],
  )
  await server.db.database.pool.query(
    `INSERT INTO client_claims (document_id, client_id, owner)
    VALUES ($1, 98, 'user:98'), ($1, 99, 'user:99') ON CONFLICT DO NOTHING`,
    [nodeId],
  )
}

suite('compaction', () => {
  test('folds the log into a checkpoint, and the text and every earlier text stay readable', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    const { history, compactor } = await openCompactor(server)
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
      const doc = await history.findAt(nodeId, { epoch: 1, seq: index + 1 })
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
    const [one, two] = [await openCompactor(server), await openCompactor(server)]
    await using _one = one.compactor
    await using _two = two.compactor
    const folded = await Promise.all([one.compactor.compact(nodeId), two.compactor.compact(nodeId)])
    assert.deepEqual(
      folded.toSorted((a, b) => a - b),
      [0, 40],
    )
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), texts.at(-1))
  })

  test('goes on behind what waits for something that is missing, and keeps it', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    const { store, history, compactor } = await openCompactor(server)
    await using _compactor = compactor
    const [first, second] = writeTwoWords()
    const textsOf = () => readEveryText({ store, history }, nodeId)
    await typeWords(server, nodeId, 4)
    await appendRow(server, nodeId, second)
    // Nobody is told of what is written straight into the log: this is what the next server opens.
    await using another = await server.openAnother()
    for (let part = 0; part < 2; part += 1) {
      await typeWords(another, nodeId, 10, 4 + part * 10)
      const texts = await textsOf()
      assert.ok((await compactor.compact(nodeId)) >= 10)
      assert.equal(await countRows(server, 'update_log', nodeId), 0)
      assert.deepEqual(await textsOf(), texts)
    }

    const before = await textsOf()
    await appendRow(server, nodeId, first)
    const after = await textsOf()
    assert.deepEqual(after.slice(0, -1), before)
    assert.equal(after.at(-1)?.replace('first second', ''), before.at(-1))
    assert.notEqual(after.at(-1), before.at(-1))
    assert.equal(await compactor.compact(nodeId), 1)
    assert.deepEqual(await textsOf(), after)
    await using restarted = await server.openAnother()
    assert.equal(await restarted.admin.text(`/nodes/${nodeId}/content`), after.at(-1))
  })

  test('sheds history after thirty days and keeps what is younger readable', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    const in40Days = () => new Date(Date.now() + 40 * 86_400_000)
    const { history, compactor } = await openCompactor(server, in40Days)
    await using _compactor = compactor
    const texts: string[] = []
    for (let part = 0; part < 12; part += 1) {
      texts.push(...(await typeWords(server, nodeId, 3, part * 3)))
      await compactor.compact(nodeId)
    }
    await compactor.expireHistory()
    const left = await countRows(server, 'history_segments', nodeId)
    assert.ok(left > 0 && left < 12, `${left} segments are left`)
    const last = await history.findAt(nodeId, { epoch: 1, seq: texts.length - 1 })
    assert.equal(last?.getText('content').toString(), texts.at(-2))
    assert.equal(await history.findAt(nodeId, { epoch: 1, seq: 1 }), undefined)
  })

  test('refuses to open a log with a hole', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    await typeWords(server, nodeId, 4)
    await server.db.database.pool.query(
      'DELETE FROM update_log WHERE document_id = $1 AND seq = 2',
      [nodeId],
    )
    const { store, compactor } = await openCompactor(server)
    await using _compactor = compactor
    await assert.rejects(store.find(nodeId), /lacks row 2/)
  })
})
