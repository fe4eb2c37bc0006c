import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import type { HeldDeletions } from '../model/plan.ts'
import { SyncStore } from '../store/sync-store.ts'
import { RecentDeletions } from './recent-deletions.ts'

const [one, two] = ['1', '2'].map((n) => `00000000-0000-7000-8000-00000000000${n}` as NodeId)
const trashOne = { kind: 'trash-local', id: one!, below: [two!] } as const
const held: HeldDeletions = {
  side: 'local',
  files: 1,
  folders: 0,
  filesInAll: 9,
  ids: [],
  sample: [],
}

function open() {
  const store = new SyncStore(new DatabaseSync(':memory:'))
  return { store, recent: new RecentDeletions(store, 0) }
}

const idsOf = (recent: RecentDeletions) => [...recent.ids.local]

test('remembers for a minute what was planned to be deleted', () => {
  const { recent } = open()
  recent.note({ operations: [trashOne], held: [] }, 1000)
  recent.expire(60_000)
  assert.deepEqual([idsOf(recent), recent.ids.remote.size], [[one, two], 0])
  recent.expire(61_000)
  assert.deepEqual(idsOf(recent), [])
})

test('forgets nothing while something is held for its sake, also after a restart, until a person decides', () => {
  const { store, recent } = open()
  recent.note({ operations: [trashOne], held: [] }, 0)
  recent.note({ operations: [], held: [held] }, 1000)
  recent.expire(3_600_000)
  assert.deepEqual(idsOf(recent), [one, two])
  const next = new RecentDeletions(store, 7_200_000)
  assert.deepEqual(idsOf(next), [one, two])
  next.note({ operations: [], held: [held] }, 7_200_000)
  next.forget('local')
  assert.deepEqual(idsOf(new RecentDeletions(store, 0)), [])
})

test('keeps nothing of an earlier process that holds nothing any more', () => {
  const { store, recent } = open()
  recent.note({ operations: [trashOne], held: [held] }, 0)
  const next = new RecentDeletions(store, 1000)
  next.note({ operations: [], held: [] }, 1000)
  next.expire(61_000)
  assert.deepEqual(idsOf(new RecentDeletions(store, 61_000)), [])
})

test('does not count what a person has agreed to', () => {
  const { store, recent } = open()
  store.transaction((writer) => writer.setApproved(one!, 'local', true))
  recent.note({ operations: [{ ...trashOne, below: [] }], held: [] }, 0)
  assert.deepEqual(idsOf(recent), [])
})
