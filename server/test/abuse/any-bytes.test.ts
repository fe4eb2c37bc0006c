import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import * as encoding from 'lib0/encoding'
import {
  openStockClient,
  RawClient,
  startTestServer,
  type TestServer,
} from '../../testing/index.ts'
import { RawConnection, rawRequest } from '../../testing/raw-connection.ts'

/** A seed that has failed is added here by its number. */
const seeds = [20_261_126, Number(process.env['FUZZ_SEED'] || Math.floor(Math.random() * 2 ** 31))]

type Random = () => number

const below = (random: Random, bound: number) => Math.floor(random() * bound)

function bytesOf(random: Random, maxLength: number): Buffer {
  return Buffer.from(Array.from({ length: below(random, maxLength) }, () => below(random, 256)))
}

/** A request with some of its bytes changed, left out or said twice. */
function mutated(random: Random, text: string): Buffer {
  let bytes = Buffer.from(text, 'latin1')
  for (let change = 0; change <= below(random, 4); change += 1) {
    const at = below(random, bytes.length)
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
    const pieces = [
      [before, bytesOf(random, 4), after],
      [before, after.subarray(1 + below(random, 8))],
      [before, after.subarray(0, below(random, 40)), after],
    ]
    bytes = Buffer.concat(pieces[below(random, pieces.length)] ?? [bytes])
  }
  return bytes
}

const upgrade = [
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version: 13',
]

function templates({ admin }: TestServer): readonly string[] {
  const signedIn = [`authorization: Bearer ${admin.accessToken}`]
  const json = (body: string) => [
    'content-type: application/json',
    `content-length: ${body.length}`,
  ]
  return [
    rawRequest('GET /api/v1/me', signedIn),
    rawRequest('POST /api/v1/auth/sign-in', json('{"email":"a"}'), '{"email":"a"}'),
    rawRequest('POST /api/v1/nodes', [...signedIn, ...json('{"kind":"text"}')], '{"kind":"text"}'),
    rawRequest(
      'POST /api/v1/nodes',
      [...signedIn, 'content-type: multipart/form-data; boundary=x', 'transfer-encoding: chunked'],
      '18\r\n--x\r\ncontent-disposition: \r\n0\r\n\r\n',
    ),
    rawRequest('POST /api/v1/uploads', [...signedIn, 'tus-resumable: 1.0.0', 'upload-length: 5']),
    rawRequest('GET /assets/a.js'),
    rawRequest('OPTIONS /api/v1/uploads'),
    ...['/live', '/live/y/text:1?token=a', '/nothing'].map((path) =>
      rawRequest(`GET ${path}`, upgrade).replace('connection: close\r\n', ''),
    ),
  ]
}

/** A frame of a client, of any kind; masked with zeros. */
function frame(random: Random): Buffer {
  const payload = bytesOf(random, 100)
  return Buffer.concat([
    Buffer.from([below(random, 4) === 0 ? below(random, 256) : 0x82, 0x80 | payload.length]),
    Buffer.alloc(4),
    payload,
  ])
}

/** A frame of the live protocol whose head is right. */
function liveFrame(random: Random, address: string): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, below(random, 12))
  encoding.writeUint8Array(encoder, bytesOf(random, 60))
  return encoding.toUint8Array(encoder)
}

/** Sends something, and waits a moment for what comes of it. */
async function provoke(url: string, pieces: readonly Uint8Array[]): Promise<void> {
  using connection = await RawConnection.open(url)
  for (const piece of pieces) connection.send(piece)
  await Promise.race([connection.ended, fetch(`${url}/healthz`).then((answer) => answer.text())])
}

for (const seed of seeds)
  suite(`whatever bytes come over a connection (FUZZ_SEED=${seed})`, () => {
    test('the process goes on, and everybody else with it', async () => {
      await using server = await startTestServer({}, { RATE_LIMIT_PER_MINUTE: '1000000' })
      const random = seededRandom(seed)
      const requests = templates(server)
      for (let round = 0; round < 400; round += 1) {
        const template = requests[below(random, requests.length)] ?? ''
        const request = below(random, 3) === 0 ? Buffer.from(template) : mutated(random, template)
        const frames = Array.from({ length: below(random, 6) }, () => frame(random))
        await provoke(server.url, [request, ...frames])
      }
      assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
    })

    test('of somebody who is signed in, too, whatever the frames of their documents are', async () => {
      await using server = await startTestServer()
      const random = seededRandom(seed)
      const { items } = await server.admin.get<{ items: { id: string }[] }>('/spaces')
      const folderId = await server.admin.rootId()
      for (let round = 0; round < 60; round += 1) {
        // Another text each time: who was refused has to wait.
        const nodeId = await server.admin.createText(`${round}.md`)
        const addresses = [`text:${nodeId}`, `folder:${folderId}`, `space:${items[0]?.id}`, 'text:']
        using client = await RawClient.open(server.admin, nodeId)
        for (let index = 0; index < 12; index += 1)
          client.sendBytes(
            liveFrame(random, addresses[below(random, below(random, 2) ? 4 : 1)] ?? ''),
          )
        await Promise.race([client.closed, client.roundTrip()])
      }
      const nodeId = await server.admin.createText('notes.md')
      using honest = openStockClient(server.admin, nodeId)
      honest.text.insert(0, 'fine')
      await honest.saved()
    })
  })
