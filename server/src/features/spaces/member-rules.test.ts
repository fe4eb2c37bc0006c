import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roles, type Role } from '@cloudsync/protocol'
import { permissionSet, setOfRole } from '#features/access/index.ts'
import { decidePutMember, decideRemoveMember } from './member-rules.ts'

const everybody: readonly (Role | undefined)[] = [undefined, ...roles]
const setOf = (role: Role | undefined) => (role === undefined ? undefined : setOfRole(role))
const isManager = (role: Role | undefined) => role === 'manager' || role === 'owner'

test('managers and the owner give roles, to everybody but the owner', () => {
  for (const callerRole of everybody)
    for (const targetRole of everybody) {
      const { kind } = decidePutMember(
        { caller: setOf(callerRole), targetRole, isSelf: false },
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
        targetRole,
        isSelf: false,
      })
      if (callerRole === undefined) assert.equal(kind, 'not_found')
      else if (!isManager(callerRole) || targetRole === 'owner') assert.equal(kind, 'forbidden')
      else assert.equal(kind, targetRole === undefined ? 'not_found' : 'allowed')
    }
})

test('everybody but the owner may leave', () => {
  for (const role of everybody) {
    const change = { caller: setOf(role), targetRole: role, isSelf: true }
    const expected = role === undefined ? 'not_found' : role === 'owner' ? 'forbidden' : 'allowed'
    assert.equal(decideRemoveMember(change).kind, expected)
  }
})

test('nobody gives more than they have', () => {
  const caller = setOfRole('viewer') | permissionSet(['space.manage'])
  const change = { caller, targetRole: undefined, isSelf: false }
  assert.equal(decidePutMember(change, 'viewer').kind, 'allowed')
  assert.equal(decidePutMember(change, 'editor').kind, 'forbidden')
})
