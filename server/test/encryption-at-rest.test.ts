import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import type { Pool } from 'pg'
import { pino } from 'pino'
import { Compactor } from '../src/features/live/compactor.ts'
import { inflate } from '../src/features/live/compression.ts'
import { openBytes, type StoredKind } from '../src/features/live/document-seals.ts'
import { DocumentHistory } from '../src/features/live/document-history.ts'
import { DocumentStore } from '../src/features/live/document-store.ts'
import { MasterKeyFile } from '../src/platform/keys/master-key-file.ts'
import { rotateMasterKey } from '../src/platform/keys/rotate-master-key.ts'
import {
  openStockClient,
  openTestSeals,
  startTestServer,
  waitUntil,
  type TestServer,
} from '../testing/index.ts'

/** Every column that holds what people write in documents. */
const columns: readonly { table: string; bytes: string; keyId: string; kind: StoredKind }[] = [
  { table: 'update_log', bytes: 'payload', keyId: 'key_id', kind: 'update' },
  { table: 'checkpoints', bytes: 'state', keyId: 'key_id', kind: 'checkpoint' },
  { table: 'history_segments', bytes: 'rows', keyId: 'key_id', kind: 'segment' },
  { table: 'history_segments', bytes: 'base', keyId: 'base_key_id', kind: 'checkpoint' },
]

async function openTools(server: TestServer) {
  const { database } = server.db
  const seals = await openTestSeals(database)
  const store = new DocumentStore(database.kysely, seals)
  const history = new DocumentHistory(database.kysely, seals)
  const log = pino({ level: 'silent' })
  const clock = { now: () => new Date() }
  const compactor = new Compactor({ db: database.kysely, store, seals, clock, log })
  const dispose = () => compactor[Symbol.asyncDispose]()
  return { seals, store, history, compactor, [Symbol.asyncDispose]: dispose }
}

/** Writes words, each a row of the log, and has all but the last folded. */
async function write(server: TestServer, nodeId: NodeId, words: readonly string[]) {
  await using tools = await openTools(server)
  for (const word of words) {
    using ada = openStockClient(server.admin, nodeId)
    await ada.saved()
    ada.text.insert(ada.text.length, `${word} `)
    await ada.saved()
    if (word !== words.at(-1)) await tools.compactor.compact(nodeId)
  }
}

/** All rows of all tables as text; bytes are in hex. */
async function dump(pool: Pool): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  )
  const texts: string[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query<{ line: string }>(`SELECT t::text AS line FROM ${name} t`)
    texts.push(...rows.map(({ line }) => line))
  }
  return texts.join('\n')
}

function inHex(word: string): string {
  return Buffer.from(word).toString('hex')
}

async function readBytes(
  pool: Pool,
  nodeId: NodeId,
  { table, bytes, keyId }: (typeof columns)[number],
) {
  const { rows } = await pool.query<{ at: string; bytes: Buffer; keyId: number | null }>(
    `SELECT ctid::text AS at, ${bytes} AS bytes, ${keyId} AS "keyId" FROM ${table}
     WHERE document_id = $1 AND ${bytes} IS NOT NULL`,
    [nodeId],
  )
  return rows
}

async function isCompressed(bytes: Uint8Array): Promise<boolean> {
  const [asSegment, asCheckpoint] = await Promise.allSettled([
    inflate(bytes),
    inflate(bytes.subarray(1)),
  ])
  return asSegment.status === 'fulfilled' || asCheckpoint.status === 'fulfilled'
}

/** Makes what is stored of a document what an earlier version would have stored. */
async function undoSeals(server: TestServer, nodeId: NodeId): Promise<void> {
  const { pool } = server.db.database
  const { seals } = await openTools(server)
  for (const column of columns)
    for (const row of await readBytes(pool, nodeId, column)) {
      const keys = await seals.keysOf(nodeId, [row])
      await pool.query(
        `UPDATE ${column.table} SET ${column.bytes} = $1, ${column.keyId} = NULL
         WHERE ctid = $2::tid`,
        [openBytes(keys, column.kind, row), row.at],
      )
    }
}

suite('encryption at rest', () => {
  test('leaves nothing of what people write readable in the database', async () => {
    await using server = await startTestServer()
    const { pool } = server.db.database
    const nodeId = (await server.admin.createText('cinnamon.md')) as NodeId
    // So many that a segment has a base.
    const words = ['saffron', ...Array.from({ length: 10 }, (_, at) => `spice${at}`), 'paprika']
    await write(server, nodeId, words)
    const text = await dump(pool)
    for (const word of words) assert.ok(!text.includes(word) && !text.includes(inHex(word)), word)
    for (const column of columns) {
      const rows = await readBytes(pool, nodeId, column)
      assert.ok(rows.length > 0, `${column.table}.${column.bytes} has rows`)
      for (const { bytes, keyId } of rows) {
        assert.notEqual(keyId, null)
        assert.equal(await isCompressed(bytes), false)
      }
    }
    // Names are not, as the documentation says; and so the words would have been seen.
    assert.ok(text.includes('cinnamon.md'))
    await undoSeals(server, nodeId)
    const plain = await dump(pool)
    assert.ok(plain.includes(inHex('paprika')))
    const [checkpoint] = await readBytes(pool, nodeId, columns[1] ?? assert.fail())
    assert.ok(checkpoint && (await isCompressed(checkpoint.bytes)))
  })

  test('reads what earlier versions have written, and goes on from there', async () => {
    await using server = await startTestServer()
    const nodeId = (await server.admin.createText('notes.md')) as NodeId
    await write(server, nodeId, ['one', 'two'])
    await server.stop()
    await undoSeals(server, nodeId)
    await using newer = await server.openAnother()
    assert.equal(await newer.admin.text(`/nodes/${nodeId}/content`), 'one two ')
    using ada = openStockClient(newer.admin, nodeId)
    await ada.saved()
    ada.text.insert(0, 'new ')
    await ada.saved()
    await using tools = await openTools(server)
    const { seq = 0 } = (await tools.store.find(nodeId)) ?? {}
    for (const folded of [false, true]) {
      if (folded) await tools.compactor.compact(nodeId)
      const doc = await tools.history.findAt(nodeId, { epoch: 1, seq })
      assert.equal(doc?.getText('content').toString(), 'new one two ')
      const earlier = await tools.history.findAt(nodeId, { epoch: 1, seq: 1 })
      assert.equal(earlier?.getText('content').toString(), 'one ')
    }
    const [segment] = await readBytes(server.db.database.pool, nodeId, columns[2] ?? assert.fail())
    assert.equal(segment?.keyId, null)
  })

  for (const { name, damage } of [
    {
      name: 'that is damaged',
      damage: `UPDATE update_log SET payload = set_byte(payload, 14, get_byte(payload, 14) # 1)
        WHERE document_id = $1 AND seq = 2`,
    },
    {
      name: "that is another document's",
      damage: `UPDATE update_log SET payload = (
        SELECT payload FROM update_log WHERE document_id <> $1 ORDER BY seq DESC LIMIT 1)
        WHERE document_id = $1 AND seq = 2`,
    },
    {
      name: 'that is sealed with a key that nobody has',
      damage: 'UPDATE update_log SET key_id = 77 WHERE document_id = $1 AND seq = 2',
    },
  ])
    test(`keeps a document with a row ${name} closed, and no other`, async () => {
      await using server = await startTestServer()
      const { pool } = server.db.database
      const broken = (await server.admin.createText('broken.md')) as NodeId
      const whole = (await server.admin.createText('whole.md')) as NodeId
      for (const nodeId of [broken, whole]) {
        await write(server, nodeId, ['a'])
        await write(server, nodeId, ['b'])
      }
      await server.stop()
      const { rows: before } = await pool.query<{ payload: Buffer; key_id: number }>(
        'SELECT payload, key_id FROM update_log WHERE document_id = $1 AND seq = 2',
        [broken],
      )
      await pool.query(damage, [broken])
      await using another = await server.openAnother()
      const answer = await another.admin.send('GET', `/nodes/${broken}/content`)
      assert.ok(answer.status >= 500, String(answer.status))
      using ada = openStockClient(another.admin, broken)
      await waitUntil('the socket was closed', () => ada.socket.status !== 'connected')
      using bob = openStockClient(another.admin, whole)
      await bob.saved()
      assert.equal(bob.text.toString(), 'a b ')
      await using tools = await openTools(server)
      await assert.rejects(tools.compactor.compact(broken))
      assert.equal(ada.text.toString(), '')

      await pool.query(
        'UPDATE update_log SET payload = $2, key_id = $3 WHERE document_id = $1 AND seq = 2',
        [broken, before[0]?.payload, before[0]?.key_id],
      )
      await ada.saved()
      assert.equal(ada.text.toString(), 'a b ')
    })

  test('goes on in all servers while the keys are rotated', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cloudsync-keys-'))
    const file = new MasterKeyFile({ path: join(directory, 'a.key'), isMadeWhenMissing: true })
    await file.ensureKey()
    try {
      await using one = await startTestServer({}, { MASTER_KEY_FILE: file.path })
      await using two = await one.openAnother()
      const { pool, clientConfig } = one.db.database
      const nodeId = await one.admin.createText('notes.md')
      using ada = openStockClient(one.admin, nodeId)
      using bob = openStockClient(two.admin, nodeId)
      await Promise.all([ada.saved(), bob.saved()])
      ada.text.insert(0, 'before ')
      await ada.saved()
      const { newDataKeyId } = await rotateMasterKey({
        clientConfig,
        file,
        makesDataKey: true,
        deletesOldKey: true,
      })
      const usesNewKey = async () => {
        ada.text.insert(ada.text.length, 'x')
        await ada.saved()
        const { rows } = await pool.query(
          'SELECT FROM update_log WHERE document_id = $1 AND key_id = $2',
          [nodeId, newDataKeyId],
        )
        return rows.length > 0
      }
      await waitUntil('what is written is sealed with the new key', usesNewKey)
      await waitUntil('bob has it', () => bob.text.toString() === ada.text.toString())
      bob.text.insert(0, 'after, ')
      await bob.saved()
      await using three = await one.openAnother()
      const text = await three.admin.text(`/nodes/${nodeId}/content`)
      assert.match(text, /^after, before x+$/)
      assert.equal(text, bob.text.toString())
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
