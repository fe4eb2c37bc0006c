import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { rolePermissions, roles } from '@cloudsync/protocol'
import { abilitiesInFolder, abilitiesOf, abilitiesOfRole, noAbilities } from './abilities.ts'

suite('what somebody may do', () => {
  test('by a built-in role is what its permissions come to', () => {
    for (const role of roles)
      assert.deepEqual(abilitiesOfRole(role), abilitiesOf(rolePermissions[role]), role)
    assert.deepEqual(abilitiesOfRole('viewer'), noAbilities)
  })

  test('is told apart for roles that are not built in', () => {
    const uploader = abilitiesOf(['node.read', 'node.create'])
    assert.deepEqual([uploader.canCreate, uploader.canEdit, uploader.canTake], [true, false, false])
    assert.equal(abilitiesOf(['node.read', 'node.delete']).canTake, false)
  })

  test('of a private folder in a list is no more than its folder allows, but to share it', () => {
    const own = abilitiesInFolder(abilitiesOfRole('manager'), abilitiesOf(['node.read']))
    assert.deepEqual(own, { ...noAbilities, canShare: true, canManage: true })
    const closed = abilitiesInFolder(noAbilities, abilitiesOfRole('editor'))
    assert.deepEqual(closed, { ...noAbilities, canCreate: true })
  })
})
