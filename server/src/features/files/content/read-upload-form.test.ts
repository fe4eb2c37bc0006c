import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import { ProblemError } from '#platform/problem-error.ts'
import { readUploadForm } from './read-upload-form.ts'
import { UploadBudget } from './upload-budget.ts'

const boundary = 'frontier'
const contentType = `multipart/form-data; boundary=${boundary}`

const field = (name: string, value: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const file = (content: string, name = 'file') =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="x.txt"\r\n` +
  `Content-Type: text/plain\r\n\r\n${content}\r\n`
const end = `--${boundary}--\r\n`

interface Outcome {
  readonly fields?: Readonly<Record<string, string>>
  readonly file?: string
  readonly code?: string
}

/** Sends `body` in pieces to a real server, and gives what the reader made of it. */
async function send(
  body: string | Buffer,
  options: {
    type?: string
    headers?: Record<string, string>
    abortAfterBytes?: number
    budgetBytes?: number
  } = {},
): Promise<Outcome> {
  const budget = new UploadBudget(options.budgetBytes ?? 1_000_000)
  const outcome = Promise.withResolvers<Outcome>()
  const server = createServer((request, response) => {
    outcome.resolve(
      read(request, budget).finally(() => response.setHeader('connection', 'close').end()),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const bytes = Buffer.from(body)
  const sent = bytes.subarray(0, options.abortAfterBytes)
  const request = httpRequest({
    port,
    method: 'POST',
    headers: {
      'content-type': options.type ?? contentType,
      'content-length': bytes.length,
      ...options.headers,
    },
  })
  request.on('error', () => {})
  request.on('response', (response) => response.resume())
  for (let at = 0; at < sent.length; at += 700) request.write(sent.subarray(at, at + 700))
  if (options.abortAfterBytes === undefined) request.end()
  else request.flushHeaders()
  if (options.abortAfterBytes !== undefined) {
    await once(server, 'request')
    setImmediate(() => request.destroy())
  }
  const result = await outcome.promise
  server.closeAllConnections()
  server.close()
  return result
}

async function read(request: IncomingMessage, budget: UploadBudget): Promise<Outcome> {
  using account = budget.open()
  try {
    return await readUploadForm(request, async (fields, file) => {
      const chunks: Buffer[] = []
      for await (const chunk of file) {
        account.take(chunk.length)
        chunks.push(chunk)
      }
      return { fields, file: Buffer.concat(chunks).toString() }
    })
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.code }
    return { code: `unexpected: ${String(error)}` }
  }
}

suite('an upload form', () => {
  test('gives its fields and the bytes of its file', async () => {
    const body =
      field('parentId', 'p') + field('name', 'Zoë 📝.md') + file('line\r\n\r\n--front') + end
    assert.deepEqual(await send(body), {
      fields: { parentId: 'p', name: 'Zoë 📝.md' },
      file: 'line\r\n\r\n--front',
    })
  })
  test('may hold an empty file, and a large one', async () => {
    assert.equal((await send(file('') + end)).file, '')
    assert.equal((await send(file('x'.repeat(900_000)) + end)).file, 'x'.repeat(900_000))
  })
  test('takes no part but "file" for the file', async () => {
    assert.deepEqual(await send(file('content', 'name') + file('y') + end), {
      fields: { name: 'content' },
      file: 'y',
    })
  })

  const malformed: readonly (readonly [string, string])[] = [
    ['without a file', field('name', 'a') + end],
    ['with two files', file('a') + file('b') + end],
    ['with a field after the file', file('a') + field('name', 'a') + end],
    ['with a field twice', field('name', 'a') + field('name', 'b') + file('a') + end],
    ['with a field too long', field('name', 'a'.repeat(5000)) + file('a') + end],
    ['with too many fields', field('name', 'a').repeat(9) + file('a') + end],
    ['without an end', field('name', 'a') + file('a')],
    ['cut inside the file', field('name', 'a') + file('a').slice(0, -2)],
    ['cut inside a field', field('name', 'a').slice(0, -2)],
    ['that is empty', ''],
    ['that is no form', '{"name":"a"}'],
  ]
  for (const [title, body] of malformed)
    test(`refuses a form ${title}`, async () => {
      assert.deepEqual(await send(body), { code: 'bad_request' })
    })
  for (const type of [
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/mixed; boundary=a',
  ])
    test(`refuses a form of type ${type}`, async () => {
      assert.deepEqual(await send(file('a') + end, { type }), { code: 'bad_request' })
    })

  test('refuses an encoded body', async () => {
    const headers = { 'content-encoding': 'gzip' }
    assert.deepEqual(await send(file('a') + end, { headers }), { code: 'unsupported_media_type' })
  })
  test('is told apart from one that the client broke off', async () => {
    const body = field('name', 'a') + file('some content') + end
    assert.deepEqual(await send(body, { abortAfterBytes: 150 }), { code: 'bad_request' })
  })
  test('fails with whatever its taker fails with', async () => {
    assert.deepEqual(await send(file('x'.repeat(500)) + end, { budgetBytes: 100 }), {
      code: 'unavailable',
    })
  })

  const seed = 20_261_124
  test(`is either read or refused, whatever its bytes (seed ${seed})`, async () => {
    const random = seededRandom(seed)
    const whole = Buffer.from(
      field('parentId', 'p') + field('name', 'n') + file('content\r\n--') + end,
    )
    for (let round = 0; round < 150; round++) {
      const bytes = garble(whole, random)
      const { code } = await send(bytes)
      assert.ok(code === undefined || code === 'bad_request', `round ${round}: ${code}`)
    }
  })
})

function garble(whole: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * whole.length)
  const length = Math.floor(random() * 20)
  switch (Math.floor(random() * 4)) {
    case 0:
      return whole.subarray(0, at)
    case 1:
      return Buffer.concat([whole.subarray(0, at), whole.subarray(at + length)])
    case 2:
      return Buffer.concat([whole.subarray(0, at), whole.subarray(Math.max(0, at - length))])
    default: {
      const copy = Buffer.from(whole)
      for (let i = 0; i < length; i++)
        copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256)
      return copy
    }
  }
}
