import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import {
  blockTable,
  openStockClient,
  openYWebsocketClient,
  RawClient,
  readMetric,
  startTestServer,
  typed,
  waitUntil,
  type TestCaller,
  type TestServer,
} from '../testing/index.ts'

const emptyVector = Uint8Array.of(0)

/** A text that was written in several updates. */
async function writeText(server: TestServer): Promise<string> {
  const nodeId = await server.admin.createText('notes.md')
  using writer = openStockClient(server.admin, nodeId)
  for (const word of ['first ', 'second ', 'third ', 'fourth']) {
    await writer.saved()
    writer.text.insert(writer.text.length, word)
  }
  await writer.saved()
  return nodeId
}

/** The same, in nobody's memory. */
async function createClosedText(server: TestServer): Promise<string> {
  const nodeId = await writeText(server)
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
    await using first = await startTestServer()
    const nodeId = await writeText(first)
    // As after a crash: rows that nothing has folded.
    await first.stop()
    await using server = await first.openAnother()
    using client = await openFor(server.admin, nodeId)
    await untilAskedBack(client)
    const steps = client.frames.filter(({ type }) => type === 0).map(({ step }) => step)
    assert.deepEqual(steps, [2, 2, 2, 1, 0])
    assert.equal(textOf(client), whole)
    assert.equal(await readMetric(server, 'cloudsync_live_joins_total{served="stored"}'), 1)
  })

  test('is sent one checkpoint, when everybody has left who edited it', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await server.admin.createText('notes.md')
    {
      using writer = openStockClient(server.admin, nodeId)
      writer.text.insert(0, 'gone and whole')
      await writer.saved()
      writer.text.delete(0, 'gone and '.length)
      await writer.saved()
    }
    await waitUntil('it is folded', async () => {
      const { rows } = await server.db.database.pool.query<{ rows: number }>(
        'SELECT count(*)::int AS rows FROM update_log WHERE document_id = $1',
        [nodeId],
      )
      return rows[0]?.rows === 0
    })
    await untilClosed(server)
    using client = await openFor(server.admin, nodeId)
    await untilAskedBack(client)
    const steps = client.frames.filter(({ type }) => type === 0).map(({ step }) => step)
    assert.deepEqual(steps, [1, 0])
    assert.equal(textOf(client), 'whole')
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
    await untilAskedBack(client)
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

  for (const role of ['viewer', 'editor'] as const)
    test(`is not sent as ${role} what others have deleted before`, async () => {
      await using server = await startTestServer({ live: { idleMs: 0 } })
      const bob = await server.addUser('Bob')
      await shareWith(server, 'bob@example.com', role)
      const nodeId = await server.admin.createText('notes.md')
      {
        using writer = openStockClient(server.admin, nodeId)
        writer.text.insert(0, 'password and rest')
        await writer.saved()
        writer.text.delete(0, 'password'.length)
        await writer.saved()
      }
      await untilClosed(server)
      using client = await openFor(bob, nodeId)
      await untilAskedBack(client)
      assert.equal(textOf(client), ' and rest')
      assert.ok(!Buffer.concat(client.states).includes('password'))
    })

  test('is sent nothing when the session ends while the document is read', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const bob = await server.addEditor('Bob')
    const nodeId = await createClosedText(server)
    const block = await blockTable(server, 'checkpoints')
    using client = await openFor(bob, nodeId)
    await block.waitedFor()
    await client.roundTrip()
    const answer = await bob.send('POST', '/auth/sign-out', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: bob.refreshToken }),
    })
    assert.ok(answer.ok)
    await block.release()
    assert.equal((await client.closed).reason, 'signed_out')
    assert.ok(client.frames.every(({ type }) => type !== 0))
  })

  test('is sent nothing for one session of a socket because another of it may read', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await createClosedText(server)
    using client = await RawClient.connect(server.admin, `text:${nodeId}\0refused`)
    client.authenticate('no token')
    client.sendSync(0, emptyVector)
    client.authenticate(server.admin.accessToken, `text:${nodeId}\0admitted`)
    await waitUntil('both are answered', () => {
      return client.frames.filter(({ type }) => type === 2).length === 2
    })
    await waitUntil('the document is open', async () => {
      return (await readMetric(server, 'cloudsync_live_documents')) === 1
    })
    await client.roundTrip()
    assert.ok(client.frames.every(({ type }) => type !== 0))
  })

  test('gets what waits for others when they bring it', async () => {
    await using server = await startTestServer({ live: { idleMs: 0 } })
    const nodeId = await createClosedText(server)
    const [missing, waiting] = writeBehind('missing', 'waiting')
    await server.db.database.pool.query(
      `WITH document AS (UPDATE documents SET seq = seq + 1 WHERE id = $1 RETURNING id, seq)
       INSERT INTO update_log (document_id, seq, payload) SELECT id, seq, $2 FROM document`,
      [nodeId, Buffer.from(waiting)],
    )
    using client = openStockClient(server.admin, nodeId)
    await client.saved()
    assert.equal(client.text.toString(), whole)
    using owner = openStockClient(server.admin, nodeId)
    await owner.saved()
    Y.applyUpdate(owner.doc, missing)
    await client.until('all of it is there', () => client.text.toString().includes('waiting'))
    assert.equal(client.text.toString(), owner.text.toString())
  })
})

/** What one person writes, and what another writes behind it. */
function writeBehind(first: string, second: string): [Uint8Array, Uint8Array] {
  const [one, other] = [new Y.Doc(), new Y.Doc()]
  const before = typed(one, first)
  Y.applyUpdate(other, before)
  return [before, typed(other, second, first.length)]
}

async function openFor(caller: TestCaller, nodeId: string): Promise<RawClient> {
  const client = await RawClient.connect(caller, `text:${nodeId}`)
  client.authenticate(caller.accessToken)
  client.sendSync(0, emptyVector)
  return client
}

function untilAskedBack(client: RawClient): Promise<void> {
  return waitUntil('the server asks back', () =>
    client.frames.some(({ type, step }) => type === 0 && step === 0),
  )
}

async function shareWith(server: TestServer, email: string, role: string): Promise<void> {
  const { items } = await server.admin.get<{ items: { id: string }[] }>('/spaces')
  await server.admin.put(`/spaces/${items[0]?.id}/members`, JSON.stringify({ email, role }), {
    'content-type': 'application/json',
  })
}

function textOf(client: RawClient): string {
  const doc = new Y.Doc()
  for (const update of client.states) Y.applyUpdate(doc, update)
  return doc.getText('content').toString()
}
