import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { closeCodes } from '@cloudsync/protocol'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { defaultPersonLimits, type PersonLimits } from '../../src/features/live/live-people.ts'
import { defaultSocketLimits } from '../../src/features/live/socket-limits.ts'
import {
  docOf,
  openStockClient,
  RawClient,
  readMetric,
  startTestServer,
  typed,
  waitUntil,
  type TestCaller,
  type TestServer,
} from '../../testing/index.ts'

/** Types so many thousand letters that do not grow together. */
async function scatter(caller: TestCaller, nodeId: string, thousands: number): Promise<RawClient> {
  const client = await RawClient.open(caller, nodeId, { clientId: 7 })
  const doc = docOf(7)
  doc.on('update', (update: Uint8Array) => client.sendSync(2, update))
  for (let sent = 0; sent < thousands; sent += 1)
    doc.transact(() => {
      for (let letter = 0; letter < 1_000; letter += 1) doc.getText('content').insert(0, 'x')
    })
  assert.deepEqual(new Set(await client.answered(thousands)), new Set([true]))
  return client
}

/** Opens and is let in; the server has opened it when it answers. */
async function openAnswered(caller: TestCaller, nodeId: string): Promise<RawClient> {
  const client = await RawClient.open(caller, nodeId)
  client.sendSync(0, Uint8Array.of(0))
  await waitUntil('it is answered', () => client.frames.some(({ step }) => step === 0))
  return client
}

async function spaceOf({ admin }: TestServer): Promise<string> {
  const { items } = await admin.get<{ items: { id: string }[] }>('/spaces')
  return `space:${items[0]?.id}`
}

async function follow(caller: TestCaller, space: string): Promise<RawClient> {
  const client = await RawClient.connect(caller, space)
  client.authenticate(caller.accessToken)
  return client
}

function isIn(client: RawClient): boolean {
  return client.frames.some(({ type, body }) => type === 2 && body[0] === 2)
}

/** How many of 400 questions for a text, over four sockets, are answered before somebody else has saved something. */
async function countAnswers(
  bounds: Pick<PersonLimits, 'joinBurst' | 'joinsPerSecond'>,
  text: string,
): Promise<number> {
  const personLimits = { ...defaultPersonLimits, ...bounds }
  await using server = await startTestServer({ live: { personLimits } })
  const bob = await server.addEditor('Bob')
  const nodeId = await server.admin.createText('notes.md')
  using writer = openStockClient(bob, nodeId)
  writer.text.insert(0, text)
  await writer.saved()
  const flood = await Promise.all([1, 2, 3, 4].map(() => openAnswered(server.admin, nodeId)))
  for (let question = 0; question < 100; question += 1)
    for (const client of flood) client.sendSync(0, Uint8Array.of(0))
  using honest = openStockClient(bob, nodeId)
  honest.text.insert(0, 'honest')
  await honest.saved()
  const answers = flood.flatMap(({ frames }) => frames.filter(({ step }) => step === 1)).length
  for (const client of flood) client[Symbol.dispose]()
  return answers
}

suite('one person with many sockets', () => {
  test('has so many connections to a document, over however many of them, and others come in', async () => {
    const personLimits = { ...defaultPersonLimits, maxConnectionsToOne: 3 }
    await using server = await startTestServer({ live: { personLimits } })
    const bob = await server.addEditor('Bob')
    const nodeId = await server.admin.createText('notes.md')
    const first = await openAnswered(server.admin, nodeId)
    using _second = await openAnswered(server.admin, nodeId)
    using third = await RawClient.connect(server.admin, `text:${nodeId}`)
    for (let session = 0; session < 3; session += 1)
      third.authenticate(server.admin.accessToken, `text:${nodeId}\0${session}`)
    assert.equal((await third.closed).reason, closeCodes.rateLimited.reason)
    await waitUntil('it has gone', async () => {
      return (await readMetric(server, 'cloudsync_live_connections')) === 2
    })
    using again = await openAnswered(server.admin, nodeId)
    using fourth = await RawClient.open(server.admin, nodeId)
    assert.equal((await fourth.closed).reason, closeCodes.rateLimited.reason)
    using other = await openAnswered(server.admin, await server.admin.createText('other.md'))
    using ofBob = await openAnswered(bob, nodeId)
    first[Symbol.dispose]()
    await waitUntil('one has gone', async () => {
      return (await readMetric(server, 'cloudsync_live_connections')) === 4
    })
    using instead = await openAnswered(server.admin, nodeId)
    await Promise.all([again, other, ofBob, instead].map((client) => client.roundTrip()))
  })

  test('is counted when these only follow a space, and follows it only so often', async () => {
    const personLimits = { ...defaultPersonLimits, maxSockets: 3, maxConnectionsToOne: 2 }
    await using server = await startTestServer({ live: { personLimits } })
    const bob = await server.addEditor('Bob')
    const space = await spaceOf(server)
    using first = await follow(server.admin, space)
    using second = await follow(server.admin, space)
    await waitUntil('they follow', () => isIn(first) && isIn(second))
    using third = await follow(server.admin, space)
    assert.equal((await third.closed).reason, closeCodes.rateLimited.reason)
    await waitUntil('it has gone', async () => {
      return (await readMetric(server, 'cloudsync_live_sockets')) === 2
    })
    const nodeId = await server.admin.createText('notes.md')
    using text = await openAnswered(server.admin, nodeId)
    using tooMany = await RawClient.open(server.admin, nodeId)
    assert.equal((await tooMany.closed).reason, closeCodes.rateLimited.reason)
    using ofBob = await follow(bob, space)
    await waitUntil('he follows', () => isIn(ofBob))
    await text.roundTrip()
  })

  test('who does not read them has the slowest cut off, and keeps the one that is read', async () => {
    const limits = { ...defaultSocketLimits, maxBufferedBytes: 2 ** 40 }
    const personLimits = { ...defaultPersonLimits, maxBufferedBytes: 4 * 1024 * 1024 }
    await using server = await startTestServer({ live: { limits, personLimits } })
    const nodeId = await server.admin.createText('notes.md')
    using reader = await RawClient.open(server.admin, nodeId, { clientId: 7 })
    reader.sendSync(2, typed(docOf(7), 'x'.repeat(500_000)))
    assert.deepEqual(await reader.answered(1), [true])
    const slow = await Promise.all([1, 2, 3].map(() => openAnswered(server.admin, nodeId)))
    for (const client of slow) client.stopReading()
    const ask = () => {
      for (const client of slow) client.sendSync(0, Uint8Array.of(0))
    }
    // The last of them holds what one socket may.
    await waitUntil('all but one are cut off', async () => {
      ask()
      return (await readMetric(server, 'cloudsync_live_sockets')) <= 2
    })
    await reader.roundTrip()
    for (const client of slow) client[Symbol.dispose]()
  })

  test('joins over all of them no faster than a person may, while others go on', async () => {
    assert.ok((await countAnswers({ joinBurst: 20, joinsPerSecond: 5 }, 'small')) < 200)
  })

  test('joins a large text slower than a small one', async () => {
    const text = 'x'.repeat(1_000_000)
    assert.ok((await countAnswers({ joinBurst: 200, joinsPerSecond: 5 }, text)) < 150)
  })
  test('has a large text compared with what they have in turn with others', async () => {
    await using server = await startTestServer()
    const bob = await server.addEditor('Bob')
    const nodeId = await server.admin.createText('notes.md')
    using _writer = await scatter(server.admin, nodeId, 60)
    // One struct of the writer's.
    const vector = Uint8Array.of(1, 7, 1)
    const crowd = await Promise.all(
      Array.from({ length: 40 }, () => openAnswered(server.admin, nodeId)),
    )
    using his = await openAnswered(bob, nodeId)
    const answersTo = ({ frames }: RawClient) => frames.filter(({ step }) => step === 1).length
    let before = 0
    // Counted when his answer comes: whoever looks later finds them all.
    his.frames.push = (...frames) => {
      if (frames.some(({ step }) => step === 1))
        before = crowd.filter((client) => answersTo(client) === 2).length
      return Array.prototype.push.apply(his.frames, frames)
    }
    for (const client of crowd) client.sendSync(0, vector)
    his.sendSync(0, vector)
    await waitUntil('he is answered', () => answersTo(his) === 2)
    assert.ok(before < 36, `${before} were answered before him`)
    await waitUntil('all are', () => crowd.every((client) => answersTo(client) === 2))
    const joined = docOf(9)
    for (const state of his.states) Y.applyUpdate(joined, state)
    assert.equal(joined.getText('content').length, 60_000)
    for (const client of crowd) client[Symbol.dispose]()
  })

  test('holds no more documents open than their share of the memory, and others open what they like', async () => {
    await using server = await startTestServer({}, { DOCUMENT_MEMORY_MB: '16' })
    const bob = await server.addEditor('Bob')
    const large = await server.admin.createText('large.md')
    const small = await server.admin.createText('small.md')
    using holder = await scatter(server.admin, large, 95)
    await waitUntil('it is known how large it is', async () => {
      return (await readMetric(server, 'cloudsync_live_document_bytes')) > 16 * 1024 * 1024
    })
    using refused = await RawClient.open(server.admin, small)
    assert.equal((await refused.closed).reason, closeCodes.tryAgainLater.reason)
    using his = await openAnswered(bob, small)
    await Promise.all([holder, his].map((client) => client.roundTrip()))
  })
})

suite('a network that opens socket after socket', () => {
  test('has to wait, and others do not', async () => {
    await using server = await startTestServer({}, { RATE_LIMIT_PER_MINUTE: '5' })
    const open = async (address: string): Promise<number> => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/live`, {
        headers: { 'x-forwarded-for': address },
      })
      socket.on('error', () => undefined)
      const closed = new Promise((resolve) => socket.on('close', resolve))
      const status = await new Promise<number>((resolve) => {
        socket.on('open', () => resolve(101))
        socket.on('unexpected-response', (_request, answer) => {
          assert.ok(Number(answer.headers['retry-after']) > 0)
          resolve(answer.statusCode ?? 0)
        })
      })
      socket.terminate()
      await closed
      return status
    }
    for (let opened = 0; opened < 50; opened += 1) assert.equal(await open('192.0.2.1'), 101)
    assert.equal(await open('192.0.2.1'), 429)
    assert.equal(await open('192.0.2.2'), 101)
  })
})
