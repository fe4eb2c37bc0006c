import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { suite, test } from 'node:test'
import { closeCodes } from '@cloudsync/protocol'
import { WebSocket } from 'ws'
import { defaultSocketLimits } from '../../src/features/live/socket-limits.ts'
import { openStockClient, RawClient, startTestServer, waitUntil } from '../../testing/index.ts'
import { RawConnection } from '../../testing/raw-connection.ts'

const impatient = { limits: { ...defaultSocketLimits, authenticationTimeoutMs: 1_500 } }

/** Speaks WebSocket byte by byte. */
async function shakeHands(url: string, path = '/live'): Promise<RawConnection> {
  const connection = await RawConnection.open(url)
  connection.send(
    [
      `GET ${path} HTTP/1.1`,
      'host: x',
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version: 13',
      '',
      '',
    ].join('\r\n'),
  )
  await waitUntil('the hands are shaken', () => connection.text.startsWith('HTTP/1.1 101'))
  return connection
}

/** The head of a frame of a client, masked with zeros. */
function frameHead(first: number, length: number): Buffer {
  const head = Buffer.alloc(14)
  head[0] = first
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

suite('sockets of strangers', () => {
  test('are closed after a while when no token comes, however many there are', async () => {
    await using server = await startTestServer({ live: impatient })
    const nodeId = await server.admin.createText('notes.md')
    const strangers = await Promise.all(
      Array.from({ length: 300 }, () => RawClient.connect(server.admin, `text:${nodeId}`)),
    )
    using honest = openStockClient(server.admin, nodeId)
    honest.text.insert(0, 'meanwhile')
    await honest.saved()
    for (const stranger of strangers)
      assert.equal((await stranger.closed).reason, closeCodes.signedOut.reason)
  })

  test('are closed too when they bring bad tokens, for documents and for spaces', async () => {
    await using server = await startTestServer({ live: impatient })
    const nodeId = await server.admin.createText('notes.md')
    const { items } = await server.admin.get<{ items: { id: string }[] }>('/spaces')
    for (const address of [`text:${nodeId}`, `space:${items[0]?.id}`]) {
      using stranger = await RawClient.connect(server.admin, address)
      stranger.authenticate('no token')
      assert.equal((await stranger.closed).reason, closeCodes.signedOut.reason, address)
    }
  })

  test('stay open for who follows a space and has no document open', async () => {
    await using server = await startTestServer({ live: impatient })
    const { items } = await server.admin.get<{ items: { id: string }[] }>('/spaces')
    const address = `space:${items[0]?.id}`
    using follower = await RawClient.connect(server.admin, address)
    follower.authenticate(server.admin.accessToken)
    using stranger = await RawClient.connect(server.admin, address)
    await stranger.closed
    await follower.roundTrip()
  })

  test('hold no more than a little of what they send before a good token', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    using stranger = await RawClient.connect(server.admin, `text:${nodeId}`)
    stranger.sendSync(2, new Uint8Array(300_000))
    assert.equal((await stranger.closed).reason, closeCodes.rateLimited.reason)
    using liar = await RawClient.connect(server.admin, `text:${nodeId}`)
    liar.authenticate('no token')
    await waitUntil('it is denied', () => liar.frames.some(({ type }) => type === 2))
    liar.sendSync(2, new Uint8Array(300_000))
    assert.equal((await liar.closed).reason, closeCodes.rateLimited.reason)
  })

  test('cannot have a frame held that never becomes whole', async () => {
    await using server = await startTestServer()
    using stranger = await shakeHands(server.url)
    stranger.send(frameHead(0x82, 8 * 1024 * 1024))
    const piece = new Uint8Array(64 * 1024)
    let isOver = false
    void stranger.ended.then(() => (isOver = true))
    let sent = 0
    await waitUntil('it is cut off', () => {
      if (isOver || sent > 7 * 1024 * 1024) return isOver
      stranger.send(piece)
      sent += piece.length
      return isOver
    })
    assert.ok(sent < 7 * 1024 * 1024, `${sent} bytes were taken`)
  })

  test('are not told what is behind them: a known and an unknown document are denied alike', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    const answers: unknown[] = []
    for (const id of [nodeId, crypto.randomUUID()]) {
      using stranger = await RawClient.connect(server.admin, `text:${id}`)
      stranger.authenticate('no token')
      await waitUntil('it is denied', () => stranger.frames.length > 0)
      answers.push(stranger.frames.map(({ type, body }) => [type, Buffer.from(body).toString()]))
    }
    assert.deepEqual(answers[0], answers[1])
  })
})

suite('frames that are no frames', () => {
  const heads = {
    'larger than any may be': frameHead(0x82, 9 * 1024 * 1024),
    'of a length beyond all numbers': frameHead(0x82, Number.MAX_SAFE_INTEGER),
    'without a mask': Buffer.from([0x82, 1, 0]),
    'of an unknown kind': Buffer.from([0x8f, 0x80, 0, 0, 0, 0]),
    'said to be compressed': Buffer.from([0xc2, 0x80, 0, 0, 0, 0]),
    'that go on with none': Buffer.from([0x80, 0x80, 0, 0, 0, 0]),
    'of control that are too long': frameHead(0x89, 200),
  }

  test('end their socket within seconds, also when its client does not take leave, and nobody notices', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    await Promise.all(
      Object.entries(heads).map(async ([name, head]) => {
        using stranger = await shakeHands(server.url)
        stranger.send(head)
        const startedAt = performance.now()
        await stranger.ended
        const took = performance.now() - startedAt
        assert.ok(took < 10_000, `${name}: ${took} ms`)
      }),
    )
    using honest = openStockClient(server.admin, nodeId)
    honest.text.insert(0, 'fine')
    await honest.saved()
  })

  test('end nothing but their socket where no document was to be opened', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    await Promise.all(
      Object.values(heads).map(async (head) => {
        using stranger = await shakeHands(server.url, '/live/y/nothing?token=a')
        stranger.send(head)
        await stranger.ended
      }),
    )
    using honest = openStockClient(server.admin, nodeId)
    honest.text.insert(0, 'fine')
    await honest.saved()
  })

  test('in a thousand pieces, or a flood of pings, cost nobody else their words', async () => {
    await using server = await startTestServer({ live: impatient })
    const nodeId = await server.admin.createText('notes.md')
    using pieces = await shakeHands(server.url)
    pieces.send(Buffer.from([0x02, 0x81, 0, 0, 0, 0, 1]))
    pieces.send(Buffer.concat(Array<Buffer>(20_000).fill(Buffer.from([0x00, 0x81, 0, 0, 0, 0, 1]))))
    using pings = await shakeHands(server.url)
    pings.send(Buffer.concat(Array<Buffer>(20_000).fill(Buffer.from([0x89, 0x80, 0, 0, 0, 0]))))
    using honest = openStockClient(server.admin, nodeId)
    honest.text.insert(0, 'fine')
    await honest.saved()
    await pieces.ended
    await pings.ended
  })
})

suite('the handshake of a socket', () => {
  test('agrees to no compression, which a few bytes could unfold', async () => {
    await using server = await startTestServer()
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/live`, {
      perMessageDeflate: true,
    })
    const [[answer]] = await Promise.all([
      once(socket, 'upgrade') as Promise<[IncomingMessage]>,
      once(socket, 'open'),
    ])
    assert.equal(answer.headers['sec-websocket-extensions'], undefined)
    socket.terminate()
    await once(socket, 'close')
  })

  test('is for documents that there may be, with a ticket, and under its own path', async () => {
    await using server = await startTestServer()
    const statusOf = async (path: string) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`)
      socket.on('error', () => undefined)
      const outcome = Promise.withResolvers<number>()
      socket.on('unexpected-response', (_request, { statusCode = 0 }) =>
        outcome.resolve(statusCode),
      )
      socket.on('close', (code) => outcome.resolve(code))
      const status = await outcome.promise
      socket.terminate()
      return status
    }
    for (const path of ['/live/', '/LIVE', '/live/../live/x', '/api/v1/live', '/live/z/a'])
      assert.equal(await statusOf(path), 404, path)
    for (const name of ['', 'text:', 'text:..%2f..', 'text:%00', 'text:%ff', '%', 'space:1'])
      assert.equal(await statusOf(`/live/y/${name}?token=a`), closeCodes.notFound.code, name)
    const some = `text:${crypto.randomUUID()}`
    assert.equal(await statusOf(`/live/y/${some}`), closeCodes.notFound.code)
    assert.equal(await statusOf(`/live/y/${some}?token=a`), closeCodes.signedOut.code)
  })
})
