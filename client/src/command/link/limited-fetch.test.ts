import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { suite, test } from 'node:test'
import { systemClock } from '../../sdk/index.ts'
import { limitedFetch } from './limited-fetch.ts'
import { Throttle } from './throttle.ts'

const bytesPerSecond = 2_000_000
const sizeBytes = 1_000_000
const atOnce = 4

/** Takes what it is sent, and answers with as much. */
async function openServer(): Promise<Server & AsyncDisposable> {
  const server = createServer((request, answer) => {
    let received = 0
    request.on('data', (data: Buffer) => (received += data.length))
    request.on('end', () =>
      answer.end(request.method === 'GET' ? Buffer.alloc(sizeBytes) : String(received)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  })
}

/** Bytes a second of several requests at once. */
async function measure(send: () => Promise<void>): Promise<number> {
  const begunMs = performance.now()
  await Promise.all(Array.from({ length: atOnce }, send))
  return (atOnce * sizeBytes * 1000) / (performance.now() - begunMs)
}

function open(server: Server) {
  const up = new Throttle(systemClock, bytesPerSecond)
  const down = new Throttle(systemClock, bytesPerSecond)
  const { port } = server.address() as AddressInfo
  const limited = limitedFetch((url, init) => fetch(url, init), { up, down })
  const send = (init: RequestInit & { duplex?: 'half' }) =>
    limited(`http://127.0.0.1:${port}/`, init)
  return { up, down, send }
}

/** A machine that has much to do does not reach it. */
function isNear(rate: number): void {
  const share = rate / bytesPerSecond
  const told = `${Math.round(rate)} bytes a second instead of ${bytesPerSecond}`
  assert.ok(share > 0.4 && share < 1.2, told)
}

function pieces(): ReadableStream<Uint8Array> {
  const parts = Array.from({ length: 10 }, () => new Uint8Array(sizeBytes / 10))
  return Readable.toWeb(Readable.from(parts)) as ReadableStream<Uint8Array>
}

suite('what all requests of a link together send and receive', () => {
  test('holds the rate, in streams and in one piece', async () => {
    await using server = await openServer()
    const { send } = open(server)
    let sent = 0
    const rate = await measure(async () => {
      const body = sent++ % 2 === 0 ? pieces() : new Uint8Array(sizeBytes)
      const answer = await send({ method: 'POST', body, duplex: 'half' })
      assert.equal(await answer.text(), String(sizeBytes))
    })
    isNear(rate)
  })

  test('holds the rate of what comes', async () => {
    await using server = await openServer()
    const { send } = open(server)
    const rate = await measure(async () => {
      const answer = await send({ method: 'GET' })
      assert.equal((await answer.arrayBuffer()).byteLength, sizeBytes)
    })
    isNear(rate)
  })

  test('goes on at another rate at once, in the midst of a request', async () => {
    await using server = await openServer()
    const { send, down } = open(server)
    down.set(10_000)
    const slow = send({ method: 'GET' }).then((answer) => answer.arrayBuffer())
    const first = await Promise.race([slow, systemClock.delay(300)])
    assert.equal(first, undefined)
    down.set(null)
    assert.equal((await slow).byteLength, sizeBytes)
  })
})
