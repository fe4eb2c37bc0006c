import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { SyncStore } from './sync-store.ts'

const first = '01890000-0000-7000-8000-000000000001' as NodeId
const second = '01890000-0000-7000-8000-000000000002' as NodeId

/** With how it is told that it is time to commit. */
function openStore(): { store: SyncStore; commit: () => void } {
  const waiting: (() => void)[] = []
  const store = new SyncStore(new DatabaseSync(':memory:'), (run) => waiting.push(run))
  return { store, commit: () => waiting.splice(0).forEach((run) => run()) }
}

test('what many write together is committed once, in their order', async () => {
  const { store, commit } = openStore()
  const before = store.revision
  const seqs = [3, 7, 5].map((seq) =>
    store.writeTogether((writer) => {
      writer.setSeenSeq(seq)
      writer.setApproved(first, 'local', true)
    }),
  )
  assert.equal(store.seenSeq, 0)
  commit()
  await Promise.all(seqs)
  assert.deepEqual([store.seenSeq, store.revision - before], [5, 1])
})

test('one that fails fails alone, and leaves nothing', async () => {
  const { store, commit } = openStore()
  const good = store.writeTogether((writer) => writer.setTrashing(first, true))
  const bad = store.writeTogether((writer) => {
    writer.setTrashing(second, true)
    throw new Error('no')
  })
  const late = store.writeTogether((writer) => writer.setSeenSeq(9))
  commit()
  await assert.rejects(bad, /no/)
  await Promise.all([good, late])
  assert.deepEqual([[...store.trashing.keys()], store.seenSeq], [[first], 9])
})

test('what waits is committed before the database is closed', async () => {
  const { store } = openStore()
  const written = store.writeTogether((writer) => writer.setSeenSeq(4))
  store[Symbol.dispose]()
  await written
  assert.equal(store.seenSeq, 4)
})
