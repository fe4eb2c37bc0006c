import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Role, SpaceId, UserId } from '@cloudsync/protocol'
import { RoleCache } from './role-cache.ts'

const ada = 'ada' as UserId
const bob = 'bob' as UserId
const space = 'space' as SpaceId

function openCache(options: { maxEntries?: number } = {}) {
  let nowMs = 1_000_000
  const stored = new Map<UserId, Role>()
  const cache = new RoleCache({
    clock: { now: () => new Date(nowMs) },
    read: async (userId) => {
      await Promise.resolve()
      return stored.get(userId)
    },
    maxAgeMs: 1000,
    maxEntries: options.maxEntries ?? 10,
  })
  const advance = (ms: number) => {
    nowMs += ms
  }
  return { cache, stored, advance }
}

test('a role is remembered for less than its maximum age', async () => {
  const { cache, stored, advance } = openCache()
  stored.set(ada, 'editor')
  assert.equal(cache.peek(ada, space), undefined)
  assert.equal(await cache.read(ada, space), 'editor')
  advance(999)
  assert.equal(cache.peek(ada, space), 'editor')
  advance(1)
  assert.equal(cache.peek(ada, space), undefined)
})

test('a clock that is set back makes nothing live longer', async () => {
  const { cache, stored, advance } = openCache()
  stored.set(ada, 'editor')
  await cache.read(ada, space)
  advance(-3_600_000)
  assert.equal(cache.peek(ada, space), undefined)
})

test('the lack of a role is not remembered', async () => {
  const { cache, stored } = openCache()
  assert.equal(await cache.read(ada, space), undefined)
  stored.set(ada, 'viewer')
  assert.equal(await cache.read(ada, space), 'viewer')
  stored.delete(ada)
  assert.equal(await cache.read(ada, space), undefined)
  assert.equal(cache.peek(ada, space), undefined)
})

test('what is forgotten is gone, also when it was being read at that moment', async () => {
  const { cache, stored } = openCache()
  stored.set(ada, 'editor')
  await cache.read(ada, space)
  cache.forget(ada, space)
  assert.equal(cache.peek(ada, space), undefined)
  const reading = cache.read(ada, space)
  cache.forget(ada, space)
  assert.equal(await reading, 'editor')
  assert.equal(cache.peek(ada, space), undefined)
})

test('the cache does not grow beyond its bound', async () => {
  const { cache, stored } = openCache({ maxEntries: 1 })
  stored.set(ada, 'editor').set(bob, 'viewer')
  await cache.read(ada, space)
  await cache.read(bob, space)
  assert.equal(cache.peek(ada, space), undefined)
  assert.equal(cache.peek(bob, space), 'viewer')
})
