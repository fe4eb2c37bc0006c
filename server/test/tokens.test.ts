import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { closeCodes } from '@cloudsync/protocol'
import * as Y from 'yjs'
import {
  openStockClient,
  RawClient,
  startTestServer,
  typed,
  waitUntil,
  type TestCaller,
} from '../testing/index.ts'

const ofEditor = ['files:read', 'files:write']

async function problemOf(answer: Promise<Response>): Promise<unknown> {
  const body = (await (await answer).json()) as { code?: string }
  return body.code
}

async function tryToType(caller: TestCaller, nodeId: string): Promise<boolean[]> {
  using client = await RawClient.open(caller, nodeId, { clientId: 7 })
  client.sendSync(0, Uint8Array.of(0))
  await waitUntil('the text is there', () => client.frames.some(({ step }) => step === 1))
  const doc = new Y.Doc()
  doc.clientID = 7
  typed(doc, 'written')
  client.sendSync(1, Y.encodeStateAsUpdate(doc))
  // The connection ends with this function.
  return await client.answered(1)
}

suite('what a program may do with a token', () => {
  test('reads files with one scope and changes them with another', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const nodeId = await admin.createText('shared.md')
    const reader = (await admin.withToken(['files:read'])).caller
    const writer = (await admin.withToken(ofEditor)).caller
    assert.equal((await reader.send('GET', `/nodes/${nodeId}/content`)).status, 200)
    const put = (caller: TestCaller) =>
      caller.send('PUT', `/nodes/${nodeId}/content`, { body: 'new' })
    assert.equal(await problemOf(put(reader)), 'insufficient_scope')
    assert.ok((await put(writer)).ok)
    const newSpace = (caller: TestCaller) =>
      caller.send('POST', '/spaces', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Team' }),
      })
    assert.equal(await problemOf(newSpace(writer)), 'insufficient_scope')
    const manager = (await admin.withToken(['spaces:manage'])).caller
    assert.equal((await newSpace(manager)).status, 201)
    assert.equal(await problemOf(manager.send('GET', '/spaces')), 'insufficient_scope')
  })

  test('reads along live with one scope, and types with another', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const nodeId = await admin.createText('shared.md')
    const reader = (await admin.withToken(['files:read'])).caller
    const writer = (await admin.withToken(ofEditor)).caller
    assert.deepEqual(await tryToType(reader, nodeId), [false])
    assert.deepEqual(await tryToType(writer, nodeId), [true])
    using along = openStockClient(reader, nodeId)
    await along.until('the text is there', () => along.text.toJSON() === 'written')
    const stranger = (await admin.withToken(['account:read'])).caller
    using refused = openStockClient(stranger, nodeId)
    let reason = ''
    refused.provider.on('authenticationFailed', (event: { reason: string }) => {
      reason = event.reason
    })
    await waitUntil('it is refused', () => reason !== '')
    assert.equal(reason, closeCodes.forbidden.reason)
  })

  test('is cut off when the token is revoked, and when the account is deactivated', async () => {
    await using server = await startTestServer()
    const { admin } = server
    const bob = await server.addEditor('Bob')
    const nodeId = await admin.createText('shared.md')
    const first = await bob.withToken(ofEditor)
    const second = await bob.withToken(ofEditor)
    using one = await RawClient.open(first.caller, nodeId, { clientId: 7 })
    using two = await RawClient.open(second.caller, nodeId, { clientId: 8 })
    using himself = await RawClient.open(bob, nodeId, { clientId: 9 })
    await bob.delete(`/account/tokens/${first.id}`)
    assert.equal((await one.closed).code, closeCodes.signedOut.code)
    const { id } = await bob.get<{ id: string }>('/me')
    await admin.patch(`/admin/users/${id}`, { isDeactivated: true })
    assert.equal((await two.closed).code, closeCodes.signedOut.code)
    assert.equal((await himself.closed).code, closeCodes.signedOut.code)
    assert.equal(await problemOf(bob.send('GET', '/me')), 'not_signed_in')
  })
})
