import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Grant, GrantId, NodeId, Role, UserId } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { namesKept } from './names-kept.ts'

function grantTo(name: string, role: Role = 'editor'): Grant {
  return {
    id: name as GrantId,
    nodeId: 'node' as NodeId,
    subject: { kind: 'user', id: name as UserId, name },
    role,
    customRoleId: null,
    createdBy: null,
    createdAt: '2026-11-01T00:00:00.000Z',
    expiresAt: null,
  }
}

suite('who keeps access to a folder that becomes private', () => {
  const space = { name: 'Team' }
  const root = makeNode('', { kind: 'folder', parentId: null })

  test('are its owners, oneself, and those who were given a role in it', () => {
    const inherited = [
      { folder: root, ownersOnly: false, grants: [grantTo('Ada', 'owner'), grantTo('Dora')] },
    ]
    const direct = [grantTo('Bob'), grantTo('Me')]
    assert.equal(
      namesKept({ direct, inherited }, space, 'Me'),
      'the owners of Team (Ada), you, and Bob',
    )
  })

  test('are said without names where these are not told, and not all of many', () => {
    assert.equal(
      namesKept({ direct: [], inherited: [] }, space, 'Me'),
      'the owners of the space and you',
    )
    const many = Array.from({ length: 9 }, (_, index) => grantTo(`P${index}`))
    assert.match(namesKept({ direct: many, inherited: [] }, space, 'Me'), /P5, and 3 more$/)
  })
})
