import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FolderReplica, type FolderEdit } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { ProblemError } from '#platform/problem-error.ts'
import { FolderListing } from './folder-listing.ts'

const folderId = uuidv7() as NodeId
const newId = () => uuidv7() as NodeId

function openListing(names: readonly string[] = []) {
  const folder = new FolderReplica()
  const updates: (readonly FolderEdit[])[] = []
  folder.edit(names.map((name) => ({ type: 'put', id: newId(), name, kind: 'text' })))
  const listing = new FolderListing({
    holdersOf: (_id, key) => folder.holdersOf(key),
    edit(_id, edits) {
      updates.push(edits)
      folder.edit(edits)
    },
  })
  const namesIn = () => [...folder.view.values()].map(({ name }) => name).toSorted()
  return { listing, updates, namesIn }
}

test('many children are listed by few updates, none of them large', () => {
  const { listing, updates, namesIn } = openListing()
  const names = Array.from({ length: 250 }, (_, at) => `file ${String(at).padStart(3, '0')}`)
  for (const name of names) listing.put(folderId, { id: newId(), name, kind: 'text' })
  assert.deepEqual(namesIn(), [])
  listing.write()
  assert.deepEqual(namesIn(), names)
  assert.deepEqual(
    updates.map(({ length }) => length),
    [100, 100, 50],
  )
})

test('a name that is put is taken before it is written, in that folder and for others', () => {
  const { listing } = openListing(['Old.md'])
  const id = newId()
  listing.put(folderId, { id, name: 'New.md', kind: 'text' })
  const isTaken = (error: unknown) => error instanceof ProblemError && error.code === 'name_taken'
  for (const name of ['old.MD', 'new.md']) {
    assert.throws(() => listing.nameFor(folderId, { id: newId(), name }, 'fail'), isTaken)
    const derived = listing.nameFor(folderId, { id: newId(), name }, 'rename')
    assert.notEqual(derived.toLowerCase(), name.toLowerCase())
  }
  assert.equal(listing.nameFor(folderId, { id, name: 'new.md' }, 'fail'), 'new.md')
  assert.equal(listing.nameFor(newId(), { id: newId(), name: 'New.md' }, 'fail'), 'New.md')
})
