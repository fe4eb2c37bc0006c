import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roles, type Role } from '@cloudsync/protocol'
import { permissionSet, setOfRole } from '#features/access/index.ts'
import { decidePutMember, decideRemoveMember } from './member-rules.ts'

const everybody: readonly (Role | undefined)[] = [undefined, ...roles]
const setOf = (role: Role | undefined) => (role === undefined ? undefined : setOfRole(role))
const targetOf = (role: Role | undefined) => ({ targetRole: role, target: setOf(role) })
const isManager = (role: Role | undefined) => role === 'manager' || role === 'owner'

test('managers and the owner give roles, to everybody but the owner', () => {
  for (const callerRole of everybody)
    for (const targetRole of everybody) {
      const { kind } = decidePutMember(
        { caller: setOf(callerRole), ...targetOf(targetRole), isSelf: false },
        'viewer',
      )
      if (callerRole === undefined) assert.equal(kind, 'not_found')
      else if (isManager(callerRole) && targetRole !== 'owner') assert.equal(kind, 'allowed')
      else assert.equal(kind, 'forbidden')
    }
})

test('managers and the owner remove members, but not the owner', () => {
  for (const callerRole of everybody)
    for (const targetRole of everybody) {
      const { kind } = decideRemoveMember({
        caller: setOf(callerRole),
        ...targetOf(targetRole),
        isSelf: false,
      })
      if (callerRole === undefined) assert.equal(kind, 'not_found')
      else if (!isManager(callerRole) || targetRole === 'owner') assert.equal(kind, 'forbidden')
      else assert.equal(kind, targetRole === undefined ? 'not_found' : 'allowed')
    }
})

test('everybody but the owner may leave', () => {
  for (const role of everybody) {
    const change = { caller: setOf(role), ...targetOf(role), isSelf: true }
    const expected = role === undefined ? 'not_found' : role === 'owner' ? 'forbidden' : 'allowed'
    assert.equal(decideRemoveMember(change).kind, expected)
  }
})

test('nobody gives more than they have', () => {
  const caller = setOfRole('viewer') | permissionSet(['space.manage'])
  const change = { caller, ...targetOf(undefined), isSelf: false }
  assert.equal(decidePutMember(change, 'viewer').kind, 'allowed')
  assert.equal(decidePutMember(change, 'editor').kind, 'forbidden')
})

test('nobody gives a role to themselves, not even the one that they have', () => {
  for (const role of roles) {
    const change = { caller: setOf(role), ...targetOf(role), isSelf: true }
    for (const wanted of ['viewer', 'manager'] as const)
      assert.equal(decidePutMember(change, wanted).kind, 'forbidden')
    const byGroup = { ...change, ...targetOf(undefined) }
    assert.equal(decidePutMember(byGroup, 'viewer').kind, 'forbidden')
  }
})

test('who has less changes and removes nobody who has more', () => {
  const caller = setOfRole('viewer') | permissionSet(['space.manage'])
  for (const role of roles.slice(0, -1)) {
    const change = { caller, ...targetOf(role), isSelf: false }
    const expected = role === 'viewer' ? 'allowed' : 'forbidden'
    assert.equal(decidePutMember(change, 'viewer').kind, expected)
    assert.equal(decideRemoveMember(change).kind, expected)
  }
  // A custom role is what it permits, not what it counts as.
  const target = permissionSet(['node.read', 'node.share'])
  const change = { caller, targetRole: 'viewer', target, isSelf: false } as const
  assert.equal(decideRemoveMember(change).kind, 'forbidden')
})
