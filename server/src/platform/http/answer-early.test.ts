import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { answerEarly } from './answer-early.ts'

async function openServer() {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    response.statusCode = 503
    answerEarly(request, response, 'not now')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() }
}

test('who reads only when all is sent is told too that it is refused', async () => {
  using server = await openServer()
  const socket = connect(server.port, '127.0.0.1')
  const body = Buffer.alloc(16_000_000)
  socket.write(`PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`)
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.write(body, () => resolve())
  })
  const answer = Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>))
  assert.match(answer.toString(), /^HTTP\/1.1 503 [^]*not now$/)
})

test('who goes on sending without end is cut off', async () => {
  using server = await openServer()
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\nsome')
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  await once(socket, 'close')
  assert.match(
    Buffer.concat(pieces).toString(),
    /^HTTP\/1.1 503 [^]*connection: close[^]*not now$/i,
  )
})
