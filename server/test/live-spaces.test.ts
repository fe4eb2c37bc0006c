import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RawClient } from '../testing/raw-client.ts'
import { waitUntil } from '../testing/stock-clients.ts'
import { startTestServer } from '../testing/test-server.ts'

interface Space {
  readonly id: string
  readonly rootId: string
  readonly seq: number
}

const seqOf = (message: unknown) => (message as { seq: number }).seq

suite('following a space', () => {
  test('tells its last sequence number at once and after each change', async () => {
    await using server = await startTestServer()
    const { items } = await server.admin.get<{ items: Space[] }>('/spaces')
    const [space] = items
    assert.ok(space)
    using watcher = await RawClient.connect(server.admin, `space:${space.id}`)
    watcher.authenticate(server.admin.accessToken)
    await waitUntil('it is told the number', () => watcher.messages.length === 1)
    assert.deepEqual(watcher.messages[0], { type: 'changed', spaceId: space.id, seq: space.seq })
    await server.admin.createText('new.md')
    await waitUntil('it is nudged', () => seqOf(watcher.messages.at(-1)) > space.seq)
  })

  test('hears of what another server has changed', async () => {
    await using server = await startTestServer()
    await using other = await server.openAnother()
    const { items } = await server.admin.get<{ items: Space[] }>('/spaces')
    const [space] = items
    assert.ok(space)
    using watcher = await RawClient.connect(other.admin, `space:${space.id}`)
    watcher.authenticate(other.admin.accessToken)
    await waitUntil('it is told the number', () => watcher.messages.length === 1)
    await server.admin.createText('new.md')
    await waitUntil('it is nudged', () => seqOf(watcher.messages.at(-1)) > space.seq)
  })

  test('is for members alone, and for as long as they are', async () => {
    await using server = await startTestServer()
    const bob = await server.addUser('Bob')
    const space = await server.admin.post<Space>('/spaces', { name: 'Team' })
    using stranger = await RawClient.connect(bob, `space:${space.id}`)
    stranger.authenticate(bob.accessToken)
    await waitUntil('the stranger is denied', () => denials(stranger) === 1)
    const member = JSON.stringify({ email: 'bob@example.com', role: 'viewer' })
    const headers = { 'content-type': 'application/json' }
    await server.admin.put(`/spaces/${space.id}/members`, member, headers)
    using watcher = await RawClient.connect(bob, `space:${space.id}`)
    watcher.authenticate(bob.accessToken)
    await waitUntil('the member is told', () => watcher.messages.length === 1)
    const { id } = await bob.get<{ id: string }>('/me')
    await server.admin.delete(`/spaces/${space.id}/members/${id}`)
    await waitUntil('the former member is denied', () => denials(watcher) === 1)
  })
})

/** Auth frames with the subtype "denied". */
function denials(client: RawClient): number {
  return client.frames.filter(({ type, body }) => type === 2 && body[0] === 1).length
}
