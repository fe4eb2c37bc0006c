import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { ReaderGoneError, releasingTo } from './releasing-response.ts'

const chunkBytes = 1024 * 1024

/** Runs `read` against a server that answers with `answer`; gives how that ended. */
async function answering(
  answer: (response: ServerResponse) => Promise<void>,
  read: (response: IncomingMessage) => Promise<void>,
): Promise<unknown> {
  const ended = Promise.withResolvers<unknown>()
  await using server = createServer((_request, response) => {
    answer(response).then(() => ended.resolve(undefined), ended.resolve)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const request = get({ port: (server.address() as AddressInfo).port, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  await read(response)
  return ended.promise
}

test('frees each chunk when it has gone, and all of them arrive', async () => {
  const chunks = [1, 2, 3].map((byte) => new Uint8Array(chunkBytes).fill(byte))
  const ended = await answering(
    (response) => pipeline(Readable.from(chunks), releasingTo(response)),
    async (response) => {
      const bytes = Buffer.concat(await response.toArray())
      for (const [index, byte] of [1, 2, 3].entries())
        assert.equal(bytes[(index + 1) * chunkBytes - 1], byte)
      assert.equal(bytes.length, 3 * chunkBytes)
    },
  )
  assert.equal(ended, undefined)
  for (const { buffer } of chunks) assert.ok(buffer.detached)
})

test('says that the reader has gone, and reads no more for it', async () => {
  let body: Readable | undefined
  const ended = await answering(
    (response) => {
      body = Readable.from(endless())
      return pipeline(body, releasingTo(response))
    },
    async (response) => {
      await once(response, 'data')
      response.destroy()
    },
  )
  assert.ok(ended instanceof ReaderGoneError)
  assert.ok(body?.destroyed)
})

test('breaks the connection when the body fails', async () => {
  const failure = new Error('a byte is wrong')
  const failing = async function* () {
    yield new Uint8Array(chunkBytes)
    throw failure
  }
  const ended = await answering(
    (response) => pipeline(Readable.from(failing()), releasingTo(response)),
    async (response) => {
      await assert.rejects(response.resume().toArray())
    },
  )
  assert.equal(ended, failure)
})

function* endless(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(chunkBytes)
}
