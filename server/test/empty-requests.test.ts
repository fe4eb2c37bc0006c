import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { bodyChunks } from '../src/platform/http/body-chunks.ts'
import { endpoint, json } from '../src/platform/http/endpoint.ts'
import { waitUntil } from '../testing/index.ts'
import { RawConnection } from '../testing/raw-connection.ts'
import { openTestApp } from '../testing/test-app.ts'

const answersIn = ({ text }: RawConnection) => text.split('HTTP/1.1 ').length - 1

suite('a request without a body', () => {
  test('leaves its connection for the next, also when nothing is found', async () => {
    await using app = await openTestApp({})
    using connection = await RawConnection.open(app.url)
    for (const count of [1, 2, 3]) {
      connection.send('GET /api/v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n')
      await waitUntil('it is answered', () => answersIn(connection) === count)
    }
    assert.doesNotMatch(connection.text, /connection: close/i)
  })

  test('has an empty one for an endpoint that takes bytes', async () => {
    const bytes = endpoint({
      summary: 'Counts',
      answers: { 200: 'empty' },
      method: 'put',
      path: '/bytes',
      access: 'public',
      async handle({ raw }) {
        const chunks = await Array.fromAsync(bodyChunks(raw))
        return json({ chunks: chunks.length })
      },
    })
    await using app = await openTestApp({ endpoints: [bytes] })
    using connection = await RawConnection.open(app.url)
    connection.send('PUT /api/v1/bytes HTTP/1.1\r\nhost: x\r\n\r\n')
    await waitUntil('it is answered', () => /\{"chunks":\d+\}$/.test(connection.text))
    assert.match(connection.text, /^HTTP\/1\.1 200 [^]*\{"chunks":0\}$/)
  })
})
