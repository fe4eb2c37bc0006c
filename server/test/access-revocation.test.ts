import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { CustomRole, Grant, Group, Node } from '@cloudsync/protocol'
import {
  openTestCluster,
  RawClient,
  waitUntil,
  type TestCaller,
  type TestCluster,
} from '../testing/index.ts'
import { SlowDownload } from '../testing/slow-download.ts'

let cluster: TestCluster
let admin: TestCaller
/** Signed in at one server, and served by the other. */
let bob: TestCaller
let bobId: string
let rootId: string
let spaceId: string

before(async () => {
  cluster = await openTestCluster(false)
  admin = cluster.one.admin
  bob = (await cluster.one.addUser('Bob')).at(cluster.two.url)
  bobId = (await bob.get<{ id: string }>('/me')).id
  const space = await admin.post<{ id: string; rootId: string }>('/spaces', { name: 'Team' })
  rootId = space.rootId
  spaceId = space.id
})
after(() => cluster[Symbol.asyncDispose]())

/** By design a second; what nobody is told of is found out much later than this. */
const maxMs = 5_000

function put<T>(path: string, body: object): Promise<T> {
  return admin.put(path, JSON.stringify(body), { 'content-type': 'application/json' })
}

function make(kind: 'folder' | 'text', parentId = rootId): Promise<Node> {
  return admin.post('/nodes', { parentId, name: crypto.randomUUID(), kind })
}

function share(nodeId: string, terms: object = { role: 'editor' }): Promise<Grant> {
  return put(`/nodes/${nodeId}/grants`, { subject: { kind: 'user', id: bobId }, ...terms })
}

/** Revokes, and tells how long the socket of Bob at the other server lived after the answer. */
async function timeToClose(nodeId: string, revoke: () => Promise<unknown>): Promise<number> {
  using client = await RawClient.open(bob, nodeId, { clientId: 7 })
  await revoke()
  const startedAt = performance.now()
  const { reason } = await client.closed
  assert.equal(reason, 'forbidden')
  return performance.now() - startedAt
}

suite('what is taken away at one server ends at the other within a second', () => {
  test('a membership', async () => {
    const text = await make('text')
    await put(`/spaces/${spaceId}/members`, { email: 'bob@example.com', role: 'editor' })
    const took = await timeToClose(text.id, () =>
      admin.delete(`/spaces/${spaceId}/members/${bobId}`),
    )
    assert.ok(took < maxMs, `${took} ms`)
  })

  test('a grant on a folder above', async () => {
    const folder = await make('folder')
    const text = await make('text', folder.id)
    const { id } = await share(folder.id)
    const took = await timeToClose(text.id, () => admin.delete(`/nodes/${folder.id}/grants/${id}`))
    assert.ok(took < maxMs, `${took} ms`)
  })

  test('a place in a group', async () => {
    const folder = await make('folder')
    const text = await make('text', folder.id)
    const group = await admin.post<Group>('/admin/groups', { name: 'Red' })
    const membership = `/admin/groups/${group.id}/members/${bobId}`
    assert.equal((await admin.send('PUT', membership)).status, 204)
    await put(`/nodes/${folder.id}/grants`, {
      subject: { kind: 'group', id: group.id },
      role: 'viewer',
    })
    const took = await timeToClose(text.id, () => admin.delete(membership))
    assert.ok(took < maxMs, `${took} ms`)
  })

  test('a folder that becomes private', async () => {
    const folder = await make('folder')
    const text = await make('text', folder.id)
    await put(`/spaces/${spaceId}/members`, { email: 'bob@example.com', role: 'editor' })
    const took = await timeToClose(text.id, () =>
      put(`/nodes/${folder.id}/inheritance`, { inherits: false }),
    )
    await admin.delete(`/spaces/${spaceId}/members/${bobId}`)
    assert.ok(took < maxMs, `${took} ms`)
  })

  test('a file that moves out of what was shared', async () => {
    const folder = await make('folder')
    const text = await make('text', folder.id)
    await share(folder.id)
    const took = await timeToClose(text.id, () =>
      admin.patch(`/nodes/${text.id}`, { parentId: rootId }),
    )
    assert.ok(took < maxMs, `${took} ms`)
  })

  test("a grant that expires, without anybody's doing", async () => {
    const text = await make('text')
    await share(text.id, { role: 'viewer' })
    let expiresAt = new Date()
    await timeToClose(text.id, () => {
      expiresAt = new Date(Date.now() + 2_000)
      return share(text.id, { role: 'viewer', expiresAt: expiresAt.toISOString() })
    })
    const lateMs = Date.now() - expiresAt.getTime()
    assert.ok(lateMs >= 0 && lateMs < maxMs, `${lateMs} ms`)
    assert.equal((await bob.send('GET', `/nodes/${text.id}`)).status, 404)
  })

  test('a right of a role that is edited', async () => {
    const text = await make('text')
    const role = { name: 'Writer', permissions: ['node.read', 'node.edit'], countsAs: 'editor' }
    const { id } = await admin.post<CustomRole>('/admin/roles', role)
    await share(text.id, { customRoleId: id })
    const write = async () =>
      (await bob.send('PUT', `/nodes/${text.id}/content`, { body: 'words' })).status
    assert.equal(await write(), 200)
    await put(`/admin/roles/${id}`, { ...role, permissions: ['node.read'] })
    const startedAt = performance.now()
    await waitUntil('writing is forbidden', async () => (await write()) === 403)
    const took = performance.now() - startedAt
    assert.ok(took < maxMs, `${took} ms`)
  })

  test('a download that runs', async () => {
    const { id: nodeId } = await SlowDownload.makeFile(admin, rootId)
    const { id } = await share(nodeId)
    // The stores of these servers are in their memory: it runs where the upload was.
    const download = await SlowDownload.start(bob.at(cluster.one.url), nodeId)
    await cluster.two.admin.delete(`/nodes/${nodeId}/grants/${id}`)
    const startedAt = performance.now()
    await download.assertCutOff()
    const took = performance.now() - startedAt
    assert.ok(took < maxMs, `${took} ms`)
  })
})
