import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  rolePermissions,
  type CustomRole,
  type CustomRoleId,
  type Grant,
  type GrantId,
  type NodeId,
  type UserId,
} from '@cloudsync/protocol'
import { allChoices, choiceOf, givableChoices, mayChangeGrant } from './role-choices.ts'

const uploader: CustomRole = {
  id: 'uploader' as CustomRoleId,
  name: 'Uploader',
  permissions: ['node.read', 'node.create'],
  countsAs: 'viewer',
}
const choices = allChoices([uploader])
const labels = (own: keyof typeof rolePermissions, isWholeSpace = false) =>
  givableChoices(choices, rolePermissions[own], isWholeSpace).map(({ label }) => label)

function grantOf(fields: Partial<Grant> = {}): Grant {
  return {
    id: 'grant' as GrantId,
    nodeId: 'node' as NodeId,
    subject: { kind: 'user', id: 'bob' as UserId, name: 'Bob' },
    role: 'editor',
    customRoleId: null,
    createdBy: { id: 'carol' as UserId, name: 'Carol' },
    createdAt: '2026-11-01T00:00:00.000Z',
    expiresAt: null,
    ...fields,
  }
}

suite('roles that can be given', () => {
  test('are no more than one has, and that of an owner for a whole space alone', () => {
    assert.deepEqual(labels('commenter'), ['Viewer', 'Commenter'])
    assert.deepEqual(labels('owner'), ['Viewer', 'Commenter', 'Editor', 'Manager', 'Uploader'])
    assert.deepEqual([labels('owner', true)[4], labels('manager', true)[4]], ['Owner', 'Uploader'])
  })

  test('are found by what a grant says', () => {
    assert.equal(choiceOf(choices, grantOf())?.label, 'Editor')
    const custom = grantOf({ role: 'viewer', customRoleId: uploader.id })
    assert.equal(choiceOf(choices, custom)?.label, 'Uploader')
  })
})

suite('a grant is changed', () => {
  const may = (id: string, role: keyof typeof rolePermissions, grant = grantOf()) =>
    mayChangeGrant(grant, choiceOf(choices, grant), { id, permissions: rolePermissions[role] })

  test('by those who manage the node, and by whoever made it', () => {
    assert.equal(may('ada', 'manager'), true)
    const sharer = ['node.share', ...rolePermissions.editor] as const
    const asSharer = (id: string) =>
      mayChangeGrant(grantOf(), choiceOf(choices, grantOf()), { id, permissions: sharer })
    assert.deepEqual([asSharer('ada'), asSharer('carol')], [false, true])
  })

  test('never by whose it is, or by those who have less', () => {
    assert.equal(may('bob', 'owner'), false)
    assert.equal(may('ada', 'commenter'), false)
    const unknown = grantOf({ customRoleId: 'other' as CustomRoleId })
    assert.equal(may('ada', 'owner', unknown), false)
  })
})
