import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { closeCodes } from '@cloudsync/protocol'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import {
  docOf,
  RawClient,
  startTestServer,
  typed,
  waitUntil,
  type TestCaller,
  type TestServer,
} from '../testing/index.ts'
import { OAuthApp } from '../testing/oauth-app.ts'

/** An app that was let in to write, by a token that says so, and by one that it has made for less. */
async function letAppIn({ admin }: TestServer, less = 'files:read') {
  const app = await OAuthApp.register(admin, {
    scopes: ['account:read', 'files:read', 'files:write'],
  })
  const tokens = await app.signIn(admin, 'account:read files:read files:write')
  const narrowed = await app.refresh(tokens.refresh_token, { scope: less })
  return { writer: admin.by(tokens.access_token), reader: admin.by(narrowed.access_token) }
}

async function isTaken(client: RawClient, clientId = 7): Promise<boolean> {
  const told = client.statuses.length
  client.sendSync(2, typed(docOf(clientId), 'typed'))
  await waitUntil('it is answered', () => client.statuses.length > told)
  return client.statuses.at(-1) ?? false
}

async function openWatched(caller: TestCaller, nodeId: string, clientId = 7): Promise<RawClient> {
  const client = await RawClient.open(caller, nodeId, { clientId })
  client.sendStateless({ type: 'watch_saved' })
  await client.roundTrip()
  return client
}

function accessTold(client: RawClient): unknown[] {
  return client.messages.flatMap(({ type, canEdit }) => (type === 'access' ? [canEdit] : []))
}

function messageOf(step: 0 | 2, payload: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 0)
  encoding.writeVarUint(encoder, step)
  encoding.writeVarUint8Array(encoder, payload)
  return encoding.toUint8Array(encoder)
}

/** Types by a ticket, and gives whether the socket has answered all that was sent. */
async function typeByTicket(caller: TestCaller, nodeId: string): Promise<void> {
  const document = `text:${nodeId}`
  const { ticket } = await caller.post<{ ticket: string }>('/live/tickets', { document })
  const url = caller.url.replace('http', 'ws')
  const ws = new WebSocket(`${url}/live/y/${document}?token=${ticket}`)
  let states = 0
  ws.on('message', (data: Buffer) => {
    if (data[0] === 0 && data[1] === 1) states += 1
  })
  await once(ws, 'open')
  const everything = messageOf(0, Uint8Array.of(0))
  ws.send(everything)
  await waitUntil('it is open', () => states > 0)
  const update = typed(docOf(7), 'typed')
  ws.send(messageOf(2, update))
  ws.send(everything)
  await waitUntil('it was read', () => states > 1)
  ws.terminate()
}

suite('a token of an app that is for less than the app may', () => {
  test('cannot be made into more by a ticket', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    const { reader, writer } = await letAppIn(server)
    await typeByTicket(reader, nodeId)
    assert.equal(await server.admin.text(`/nodes/${nodeId}/content`), '')
    await typeByTicket(writer, nodeId)
    await waitUntil('it is written', async () => {
      return (await server.admin.text(`/nodes/${nodeId}/content`)) === 'typed'
    })
  })

  test('does not become more when the access of all is looked at anew', async () => {
    await using server = await startTestServer()
    const bob = await server.addEditor('Bob')
    const nodeId = await server.admin.createText('notes.md')
    const { reader } = await letAppIn(server)
    using client = await openWatched(reader, nodeId)
    using his = await openWatched(bob, nodeId, 8)
    const { items } = await server.admin.get<{ items: { id: string }[] }>('/spaces')
    const expected: boolean[] = []
    for (const role of ['viewer', 'editor', 'viewer']) {
      const body = JSON.stringify({ email: 'bob@example.com', role })
      await server.admin.put(`/spaces/${items[0]?.id}/members`, body, {
        'content-type': 'application/json',
      })
      expected.push(role === 'editor')
      await waitUntil('he is told', () => accessTold(his).length === expected.length)
    }
    assert.deepEqual(accessTold(his), expected)
    assert.deepEqual(accessTold(client), [])
    assert.equal(await isTaken(client), false)
  })

  test('makes what was opened by another for more into less, and into nothing', async () => {
    await using server = await startTestServer()
    const nodeId = await server.admin.createText('notes.md')
    const { reader, writer } = await letAppIn(server)
    using client = await openWatched(writer, nodeId)
    assert.equal(await isTaken(client), true)
    client.authenticate(reader.accessToken)
    await waitUntil('it is told', () => accessTold(client).length > 0)
    assert.deepEqual(accessTold(client), [false])
    assert.equal(await isTaken(client, 8), false)
    client.authenticate(writer.accessToken)
    await client.roundTrip()
    assert.equal(await isTaken(client, 8), false)
    const other = await letAppIn(server, 'account:read')
    client.authenticate(other.reader.accessToken)
    assert.equal((await client.closed).code, closeCodes.forbidden.code)
  })
})
