import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import type { Group, Space } from '@cloudsync/protocol'
import { startTestServer, type TestCaller, type TestServer } from '../testing/index.ts'

const hourMs = 3_600_000
const inHours = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString()

let server: TestServer
let admin: TestCaller
let bob: TestCaller
let bobId: string
let carolId: string
let space: Space

before(async () => {
  server = await startTestServer()
  admin = server.admin
  bob = await server.addUser('Bob')
  bobId = (await bob.get<{ id: string }>('/me')).id
  carolId = (await (await server.addUser('Carol')).get<{ id: string }>('/me')).id
})
beforeEach(async () => {
  space = await admin.post<Space>('/spaces', { name: 'Team' })
})
after(() => server[Symbol.asyncDispose]())

async function code(caller: TestCaller, method: string, path: string, body?: object) {
  const answer = await caller.send(method, path, {
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return answer.ok ? 'ok' : ((await answer.json()) as { code: string }).code
}

const give = (caller: TestCaller, grant: object) =>
  code(caller, 'PUT', `/nodes/${space.rootId}/grants`, grant)
const toUser = (id: string) => ({ subject: { kind: 'user', id } })
const toGroup = ({ id }: Group) => ({ subject: { kind: 'group', id } })
const putMember = (caller: TestCaller, name: string, role: string) =>
  code(caller, 'PUT', `/spaces/${space.id}/members`, { email: `${name}@example.com`, role })
const removeMember = (caller: TestCaller, id: string) =>
  code(caller, 'DELETE', `/spaces/${space.id}/members/${id}`)

async function groupOf(name: string, ...members: string[]): Promise<Group> {
  const group = await admin.post<Group>('/admin/groups', { name })
  for (const id of members)
    assert.equal(await code(admin, 'PUT', `/admin/groups/${group.id}/members/${id}`), 'ok')
  return group
}

/** Of all members but the owner. */
async function listExpiries(): Promise<(string | null)[]> {
  const path = `/nodes/${space.rootId}/grants`
  const { items } = await admin.get<{ items: { role: string; expiresAt: string | null }[] }>(path)
  return items.filter(({ role }) => role !== 'owner').map(({ expiresAt }) => expiresAt)
}

suite('nobody makes more of a role in a space than was given to them', () => {
  test('who manages it for an hour does not make themselves a manager for good', async () => {
    const expiresAt = inHours(1)
    assert.equal(await give(admin, { ...toUser(bobId), role: 'manager', expiresAt }), 'ok')
    assert.equal(await putMember(bob, 'bob', 'manager'), 'forbidden')
    assert.equal(await putMember(bob, 'bob', 'viewer'), 'forbidden')
    assert.deepEqual(await listExpiries(), [expiresAt])
    assert.equal(await putMember(bob, 'carol', 'editor'), 'ok')
  })

  test('who manages it by a group does not make that their own', async () => {
    const group = await groupOf('Managers', bobId)
    assert.equal(await give(admin, { ...toGroup(group), role: 'manager' }), 'ok')
    assert.equal(await putMember(bob, 'bob', 'manager'), 'forbidden')
    await admin.delete(`/admin/groups/${group.id}/members/${bobId}`)
    assert.equal(await code(bob, 'GET', `/spaces/${space.id}`), 'not_found')
  })

  test('who has less by a role of their own changes and removes nobody who has more', async () => {
    const permissions = ['node.read', 'node.share', 'space.manage']
    const role = await admin.post<{ id: string }>('/admin/roles', {
      name: 'Doorkeeper',
      permissions,
      countsAs: 'viewer',
    })
    assert.equal(await give(admin, { ...toUser(bobId), customRoleId: role.id }), 'ok')
    assert.equal(await putMember(admin, 'carol', 'manager'), 'ok')
    assert.equal(await putMember(bob, 'carol', 'viewer'), 'forbidden')
    assert.equal(await removeMember(bob, carolId), 'forbidden')
    assert.equal(await putMember(admin, 'carol', 'viewer'), 'ok')
    assert.equal(await removeMember(bob, carolId), 'ok')
  })

  test('who has it for a time gives it to a group of theirs for no longer', async () => {
    const mine = await groupOf('Mine', bobId)
    const others = await groupOf('Others', carolId)
    const expiresAt = inHours(2)
    assert.equal(await give(admin, { ...toUser(bobId), role: 'manager', expiresAt }), 'ok')
    const toMine = { ...toGroup(mine), role: 'editor' }
    assert.equal(await give(bob, toMine), 'forbidden')
    assert.equal(await give(bob, { ...toMine, expiresAt: inHours(3) }), 'forbidden')
    assert.equal(await give(bob, { ...toMine, expiresAt: inHours(1) }), 'ok')
    // Nor does what they gave make it longer.
    assert.equal(await give(bob, toMine), 'forbidden')
    assert.equal(await give(bob, { ...toMine, expiresAt }), 'ok')
    assert.equal(await give(bob, { ...toGroup(others), role: 'editor' }), 'ok')
    assert.equal(await give(admin, { ...toUser(bobId), role: 'manager' }), 'ok')
    assert.equal(await give(bob, toMine), 'ok')
  })
})
