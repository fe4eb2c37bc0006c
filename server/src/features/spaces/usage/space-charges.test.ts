import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SpaceId } from '@cloudsync/protocol'
import { openTestDatabase } from '../../../../testing/test-database.ts'
import { SpaceCharges } from './space-charges.ts'

const space = '00000000-0000-4000-8000-000000000000' as SpaceId

test('what a space held a moment ago is not asked for again, and the end asks by what it holds then', async () => {
  await using db = await openTestDatabase()
  const charges = new SpaceCharges(db.database.kysely)
  charges.learn(space, { usedBytes: 10, quotaBytes: 100 })
  await charges.reserve(space, 80)
  await assert.rejects(charges.reserve(space, 20), { code: 'quota_exceeded' })
  assert.equal(charges.mayRefuse(space), true)
  assert.throws(() => charges.settle(space, { usedBytes: 101, quotaBytes: 100 }), {
    code: 'quota_exceeded',
  })
})

test('a quota that is set while something is committed comes too late for it', async () => {
  await using db = await openTestDatabase()
  const charges = new SpaceCharges(db.database.kysely)
  charges.learn(space, { usedBytes: 10, quotaBytes: null })
  await charges.reserve(space, 80)
  assert.equal(charges.mayRefuse(space), false)
  const full = { usedBytes: 90, quotaBytes: 50 }
  charges.settle(space, full)
  assert.deepEqual(charges.usages, new Map([[space, full]]))
})
