import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Group, GroupId, Member, UserId } from '@cloudsync/protocol'
import { recipientsOf, suggest } from './suggestions.ts'

function member(name: string): Member {
  const email = `${name.toLowerCase().replace(' ', '.')}@example.com`
  return { userId: name as UserId, name, email, color: '#C2255C', role: 'viewer' }
}
const group: Group = { id: 'team' as GroupId, name: 'Design team', memberCount: 3 }
const known = recipientsOf(
  [group],
  [member('Bob Stone'), member('Ada'), member('Bob Stone'), member('Carla Designer')],
  'Ada',
)
const names = (typed: string) => suggest(known, typed).map(({ name }) => name)

suite('suggestions of whom to share with', () => {
  test('are everybody from one’s spaces once, and the groups, but not oneself', () => {
    assert.deepEqual(
      known.map(({ name }) => name),
      ['Bob Stone', 'Carla Designer', 'Design team'],
    )
  })

  test('are found by any word of the name, and by the address', () => {
    assert.deepEqual(names('sto'), ['Bob Stone'])
    assert.deepEqual(names('BOB.S'), ['Bob Stone'])
    assert.deepEqual(names('des'), ['Carla Designer', 'Design team'])
    assert.deepEqual([names(''), names('zoe')], [[], []])
  })
})
