import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { suite, test } from 'node:test'
import { endpoint, json, startTestServer, waitUntil } from '../../testing/index.ts'
import { RawConnection, rawRequest } from '../../testing/raw-connection.ts'
import { openTestApp } from '../../testing/test-app.ts'

function connectionsOf(http: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    http.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}

const facts = { summary: 'Works', answers: { 200: 'empty' }, access: 'public' } as const

suite('whoever does not read what they asked for', () => {
  test('loses the connection, and who waits for an answer that takes long does not', async () => {
    const gate = Promise.withResolvers<void>()
    const [large, slow] = [
      endpoint({
        ...facts,
        method: 'get',
        path: '/large',
        handle: () => Promise.resolve(json({ text: 'x'.repeat(16 * 1024 * 1024) })),
      }),
      endpoint({
        ...facts,
        method: 'get',
        path: '/slow',
        async handle() {
          await gate.promise
          return json({})
        },
      }),
    ]
    await using app = await openTestApp(
      { endpoints: [large, slow] },
      { headersMs: 5_000, idleMs: 5_000, checkMs: 1_000, readerMs: 200 },
    )
    const sockets: Socket[] = []
    app.http.on('connection', (socket) => sockets.push(socket))
    using patient = await RawConnection.open(app.url)
    patient.send(rawRequest('GET /api/v1/slow'))
    using stalled = await RawConnection.open(app.url)
    stalled.stopReading()
    stalled.send('GET /api/v1/large HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(3))
    await waitUntil('it is cut off', () => sockets[1]?.destroyed === true)
    gate.resolve()
    assert.match(await patient.ended, /^HTTP\/1\.1 200 /)
  })

  test('and a connection that is kept for the next request ends when none comes', async () => {
    await using app = await openTestApp(
      {},
      { headersMs: 5_000, idleMs: 200, checkMs: 50, readerMs: 5_000 },
    )
    using connection = await RawConnection.open(app.url)
    connection.send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
    assert.match(await connection.ended, /^HTTP\/1\.1 200 /)
  })
})

suite('whoever asks for another protocol and is refused', () => {
  test('cannot hold the connection by keeping their own side open', async () => {
    await using server = await startTestServer()
    for (const [path, headers] of [
      ['/live', ['origin: https://evil.example']],
      ['/nothing', []],
      ['/api/v1/me', []],
      ['/live', ['sec-websocket-version: 7']],
    ] as const) {
      using connection = await RawConnection.open(server.url, { keepsOpen: true })
      connection.send(
        [
          `GET ${path} HTTP/1.1`,
          'host: x',
          'connection: upgrade',
          'upgrade: websocket',
          'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-version: 13',
          ...headers,
          '',
          '',
        ].join('\r\n'),
      )
      await waitUntil('it is refused', () => /^HTTP\/1\.1 4\d\d /.test(connection.text))
      let isOver = false
      void connection.ended.then(() => (isOver = true))
      // A byte to a socket that is gone is answered by a reset, one to a socket that is there by nothing.
      await waitUntil('the server has let go', () => {
        if (!isOver) connection.send('.')
        return isOver
      })
    }
    const again = await fetch(`${server.url}/healthz`)
    assert.equal(again.status, 200)
    await again.body?.cancel()
  })
})

suite('whoever opens connections and says nothing', () => {
  test('is let go after a while, and others are answered meanwhile', async () => {
    await using app = await openTestApp(
      {},
      { headersMs: 300, idleMs: 5_000, checkMs: 50, readerMs: 5_000 },
    )
    const silent = await Promise.all(Array.from({ length: 200 }, () => RawConnection.open(app.url)))
    const half = await RawConnection.open(app.url)
    half.send('POST /api/v1/auth/sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\nx-')
    for (let round = 0; round < 5; round += 1)
      assert.equal((await fetch(`${app.url}/healthz`)).status, 200)
    for (const connection of [...silent, half])
      assert.match(await connection.ended, /^(HTTP\/1\.1 408 |$)/)
    for (const connection of [...silent, half]) connection[Symbol.dispose]()
    await waitUntil('they are gone', async () => (await connectionsOf(app.http)) <= 1)
  })
})
