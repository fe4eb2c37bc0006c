import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  permissions,
  rolePermissions,
  roles,
  type NodeId,
  type Role,
  type SpaceId,
  type UserId,
} from '@cloudsync/protocol'
import { pino } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { createSpace } from '#features/spaces/index.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { noNotices } from '../../../testing/alone.ts'
import { putMembership, removeMembership } from './memberships.ts'
import { openAccess } from './open-access.ts'
import { setOfRole } from './permission-set.ts'

async function addUser(db: Database): Promise<UserId> {
  const id = uuidv7() as UserId
  await db.kysely
    .insertInto('users')
    .values({ id, email: `${id}@example.org`, name: 'Somebody', color: '#C2255C' })
    .execute()
  return id
}

async function openFixture() {
  const test = await openTestDatabase()
  const db = test.database
  let nowMs = 1_000_000
  const access = openAccess({
    notices: noNotices,
    db,
    clock: { now: () => new Date(nowMs) },
    log: pino({ level: 'silent' }),
  })
  const owner = await addUser(db)
  const user = await addUser(db)
  const space = await inTransaction(db, (tx) =>
    createSpace(tx, { name: 'Team', kind: 'team', ownerId: owner }),
  )
  let rev = 1
  return {
    db,
    access,
    owner,
    user,
    space,
    advance: (ms: number) => {
      nowMs += ms
    },
    setRole: (role: Role | undefined, userId = user) => setRole(db, space, userId, role),
    async addNode(parentId: NodeId, kind: 'folder' | 'text' = 'folder'): Promise<NodeId> {
      const id = uuidv7() as NodeId
      const node = { id, space_id: space.id, parent_id: parentId, name: id, name_key: id, kind }
      await db.kysely
        .insertInto('nodes')
        .values({ ...node, rev: ++rev })
        .execute()
      return id
    },
    async setTrashed(nodeId: NodeId, trashedAt: Date | null) {
      await db.kysely
        .updateTable('nodes')
        .set({ trashed_at: trashedAt, trash_batch_id: trashedAt && uuidv7() })
        .where('id', '=', nodeId)
        .execute()
      if (trashedAt) access.notifyTreeChanged(space.id)
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  }
}

async function setRole(
  db: Database,
  { id: spaceId, rootId }: { readonly id: SpaceId; readonly rootId: NodeId },
  userId: UserId,
  role: Role | undefined,
) {
  const member = { spaceId, rootId, userId }
  if (role === undefined) await removeMembership(db.kysely, member)
  else await putMembership(db.kysely, member, { role, makerId: userId })
}

test('a role on a node is the role in its space, with what the role includes', async () => {
  await using fixture = await openFixture()
  const { access, space, user } = fixture
  const nodeId = await fixture.addNode(space.rootId, 'text')
  for (const role of roles) {
    await fixture.setRole(role)
    access.notifyAccessChanged({ userId: user, spaceId: space.id })
    const expected = {
      nodeId,
      spaceId: space.id,
      parentId: space.rootId,
      kind: 'text',
      permissions: setOfRole(role),
      role,
      isTrashed: false,
    }
    assert.deepEqual(await access.findNodeAccess(user, nodeId), expected)
    for (const permission of permissions) {
      const onNode = () => access.requireNode(user, nodeId, permission)
      const onSpace = () => access.requireSpace(user, space.id, permission)
      if (rolePermissions[role].includes(permission)) {
        assert.deepEqual(await onNode(), expected)
        assert.equal((await onSpace()).role, role)
      } else {
        await assert.rejects(onNode, { code: 'forbidden' })
        await assert.rejects(onSpace, { code: 'forbidden' })
      }
    }
  }
})

test('each role includes what the one before it may do', () => {
  for (const [index, role] of roles.entries()) {
    const before = roles.slice(0, index).flatMap((lesser) => rolePermissions[lesser])
    assert.ok(before.every((permission) => rolePermissions[role].includes(permission)))
  }
})

test('who may not read cannot tell a node from none', async () => {
  await using fixture = await openFixture()
  const { access, space, user } = fixture
  const nowhere = uuidv7()
  for (const permission of permissions) {
    const attempts = [
      () => access.requireNode(user, space.rootId, permission),
      () => access.requireNode(user, nowhere as NodeId, permission),
      () => access.requireSpace(user, space.id, permission),
      () => access.requireSpace(user, nowhere as SpaceId, permission),
    ]
    for (const attempt of attempts)
      await assert.rejects(attempt, { code: 'not_found', detail: undefined })
  }
  assert.equal(await access.findNodeAccess(user, space.rootId), undefined)
  assert.equal(await access.findNodeAccess(user, nowhere as NodeId), undefined)
})

test('a node is in the trash when it or a folder above it is, and comes back at once', async () => {
  await using fixture = await openFixture()
  const { access, owner, space } = fixture
  const outer = await fixture.addNode(space.rootId)
  const inner = await fixture.addNode(outer)
  const file = await fixture.addNode(inner, 'text')
  const isTrashed = async (nodeId: NodeId) =>
    (await access.requireNode(owner, nodeId, 'node.read')).isTrashed
  const all = async () => Promise.all([space.rootId, outer, inner, file].map(isTrashed))
  assert.deepEqual(await all(), [false, false, false, false])
  await fixture.setTrashed(file, new Date())
  assert.deepEqual(await all(), [false, false, false, true])
  await fixture.setTrashed(outer, new Date())
  assert.deepEqual(await all(), [false, true, true, true])
  await fixture.setTrashed(file, null)
  assert.deepEqual(await all(), [false, true, true, true])
  await fixture.setTrashed(outer, null)
  assert.deepEqual(await all(), [false, false, false, false])
})

test('a role that was taken away by this process counts no more at once', async () => {
  await using fixture = await openFixture()
  const { access, space, user } = fixture
  await fixture.setRole('editor')
  await access.requireSpace(user, space.id, 'node.edit')
  await fixture.setRole(undefined)
  access.notifyAccessChanged({ userId: user, spaceId: space.id })
  await assert.rejects(access.requireSpace(user, space.id, 'node.edit'), { code: 'not_found' })
  assert.equal(await access.findNodeAccess(user, space.rootId), undefined)
})

test('a role that was taken away elsewhere counts for a second at most', async () => {
  await using fixture = await openFixture()
  const { access, space, user } = fixture
  await fixture.setRole('editor')
  await access.requireNode(user, space.rootId, 'node.edit')
  await fixture.setRole('viewer')
  fixture.advance(1000)
  await assert.rejects(access.requireNode(user, space.rootId, 'node.edit'), { code: 'forbidden' })
})

test('a role that was given elsewhere counts at once', async () => {
  await using fixture = await openFixture()
  const { access, space, user } = fixture
  await assert.rejects(access.requireSpace(user, space.id, 'node.read'), { code: 'not_found' })
  await fixture.setRole('viewer')
  assert.equal((await access.requireSpace(user, space.id, 'node.read')).role, 'viewer')
  await fixture.setRole('editor')
  assert.equal((await access.requireSpace(user, space.id, 'node.edit')).role, 'editor')
})

test('everybody who follows access hears of a change, also after one of them has failed', async () => {
  await using fixture = await openFixture()
  const { access, space, user } = fixture
  const heard: unknown[] = []
  access.onAccessChanged(() => {
    throw new Error('a bad listener')
  })
  access.onAccessChanged((change) => heard.push(change))
  access.notifyAccessChanged({ userId: user, spaceId: space.id })
  assert.deepEqual(heard, [{ userId: user, spaceId: space.id }])
})
