import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rolePermissions, roles } from '@cloudsync/protocol'
import {
  decidePutGrant,
  decideRemoveGrant,
  type ExistingGrant,
  type GrantChange,
} from './grant-rules.ts'
import { noPermissions, permissionSet, setOfRole } from './permission-set.ts'

const change: GrantChange = {
  caller: setOfRole('manager'),
  isRoot: false,
  existing: undefined,
  isSelf: false,
}
const existing: ExistingGrant = {
  permissions: setOfRole('editor'),
  isOwner: false,
  isMakers: false,
  hasOtherOwner: false,
}
const wanted = (role: (typeof roles)[number]) => ({
  permissions: setOfRole(role),
  isOwner: role === 'owner',
  isPersonal: true,
})
const sharer = permissionSet([...rolePermissions.editor, 'node.share'])

test('nobody gives more than they have now', () => {
  for (const mine of roles)
    for (const given of roles) {
      const { kind } = decidePutGrant({ ...change, caller: setOfRole(mine) }, wanted(given))
      const mayShare = mine === 'manager' || mine === 'owner'
      if (!mayShare) assert.equal(kind, 'forbidden')
      else if (given === 'owner') assert.equal(kind, 'bad_request')
      else assert.equal(kind, 'allowed')
    }
  assert.equal(decidePutGrant({ ...change, caller: sharer }, wanted('editor')).kind, 'allowed')
  assert.equal(decidePutGrant({ ...change, caller: sharer }, wanted('manager')).kind, 'forbidden')
})

test('nobody gives a role to themselves, or sees what they may not read', () => {
  assert.equal(decidePutGrant({ ...change, isSelf: true }, wanted('viewer')).kind, 'bad_request')
  assert.equal(decidePutGrant({ ...change, caller: undefined }, wanted('viewer')).kind, 'not_found')
  assert.equal(decideRemoveGrant({ ...change, caller: undefined, existing }).kind, 'not_found')
  assert.equal(decideRemoveGrant(change).kind, 'not_found')
})

test('who may only share changes what they have given themselves', () => {
  for (const isMakers of [true, false]) {
    const mine = { ...change, caller: sharer, existing: { ...existing, isMakers } }
    const expected = isMakers ? 'allowed' : 'forbidden'
    assert.equal(decidePutGrant(mine, wanted('viewer')).kind, expected)
    assert.equal(decideRemoveGrant(mine).kind, expected)
  }
})

test('who has less takes nothing from who has more', () => {
  const caller = permissionSet(['node.read', 'node.share', 'node.manage'])
  assert.equal(decideRemoveGrant({ ...change, caller, existing }).kind, 'forbidden')
  assert.equal(decidePutGrant({ ...change, caller, existing }, wanted('viewer')).kind, 'forbidden')
})

test('who belongs to a space is for its managers to say', () => {
  const onRoot = { ...change, isRoot: true }
  assert.equal(decidePutGrant(onRoot, wanted('viewer')).kind, 'allowed')
  assert.equal(decidePutGrant({ ...onRoot, caller: sharer }, wanted('viewer')).kind, 'forbidden')
  const mine = { ...existing, isMakers: true }
  assert.equal(decideRemoveGrant({ ...onRoot, caller: sharer, existing: mine }).kind, 'forbidden')
})

test('owners make owners of people, on the root and for good', () => {
  const caller = setOfRole('owner')
  const onRoot = { ...change, caller, isRoot: true }
  assert.equal(decidePutGrant(onRoot, wanted('owner')).kind, 'allowed')
  const toGroup = { ...wanted('owner'), isPersonal: false }
  assert.equal(decidePutGrant(onRoot, toGroup).kind, 'bad_request')
  const byManager = { ...onRoot, caller: setOfRole('manager') }
  assert.equal(decidePutGrant(byManager, wanted('owner')).kind, 'forbidden')
})

test('the last owner stays', () => {
  for (const hasOtherOwner of [true, false])
    for (const isSelf of [true, false]) {
      const owner = { ...existing, permissions: setOfRole('owner'), isOwner: true, hasOtherOwner }
      const onRoot = { ...change, caller: setOfRole('owner'), isRoot: true, existing: owner }
      const expected = hasOtherOwner ? 'allowed' : 'forbidden'
      assert.equal(decideRemoveGrant({ ...onRoot, isSelf }).kind, expected)
      if (!isSelf) assert.equal(decidePutGrant(onRoot, wanted('editor')).kind, expected)
      const byManager = { ...onRoot, caller: setOfRole('manager') }
      assert.equal(decideRemoveGrant(byManager).kind, 'forbidden')
    }
})

test('everybody may give up what they were given', () => {
  for (const role of roles.slice(0, -1)) {
    const mine = { ...change, caller: setOfRole(role), isSelf: true, isRoot: true, existing }
    assert.equal(decideRemoveGrant(mine).kind, 'allowed')
  }
})

test('a group of theirs is given no more than they have at the end of it', () => {
  const onRoot = { ...change, isRoot: true }
  for (const [role, kind] of [
    [undefined, 'forbidden'],
    ['viewer', 'forbidden'],
    ['editor', 'allowed'],
  ] as const) {
    const callerAtItsEnd = role === undefined ? noPermissions : setOfRole(role)
    assert.equal(decidePutGrant({ ...onRoot, callerAtItsEnd }, wanted('editor')).kind, kind)
  }
})
