import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import type { RemoteEntry } from '../model/entry.ts'
import type { RemoteChange, RemotePage } from '../ports.ts'
import { SyncStore } from '../store/sync-store.ts'
import { newerEntry, recordPage, recordSnapshot } from './observe-remote.ts'

const [rootId, folderId, fileId, aboveId] = [1, 2, 3, 4].map(
  (count) => `00000000-0000-7000-8000-00000000000${count}` as NodeId,
) as [NodeId, NodeId, NodeId, NodeId]

function entryOf(given: Pick<RemoteEntry, 'id' | 'parentId' | 'kind' | 'seq'>): RemoteEntry {
  return {
    name: given.kind,
    content: null,
    isText: false,
    sizeBytes: null,
    canEdit: true,
    ...given,
  }
}

test('an answer of before a snapshot does not bring back what is not in it', async () => {
  const store = new SyncStore(new DatabaseSync(':memory:'))
  async function* snapshot(): AsyncIterable<RemotePage> {
    yield { changes: [], cursor: 'here', seq: 7, hasMore: false }
  }
  await recordSnapshot(store, { snapshot })
  const entry = entryOf({ id: folderId, parentId: rootId, kind: 'folder', seq: 7 })
  assert.equal(newerEntry(store, entry), undefined)
  assert.deepEqual(newerEntry(store, { ...entry, seq: 8 }), { ...entry, seq: 8 })
})

for (const pages of [1, 2, 3])
  test(`[DE1] so does what lies in that, told by ${pages} pages`, () => {
    const store = new SyncStore(new DatabaseSync(':memory:'))
    const tell = (changes: readonly RemoteChange[]) =>
      recordPage(store, { changes, cursor: 'here', hasMore: false })
    const told = (entry: RemoteEntry, isTrashed = false) =>
      ({ kind: 'entry', entry, isTrashed }) as const
    const file = told(entryOf({ id: fileId, parentId: folderId, kind: 'file', seq: 2 }))
    const folder = entryOf({ id: folderId, parentId: rootId, kind: 'folder', seq: 1 })
    const moved = told({ ...folder, parentId: aboveId, seq: 3 })
    const gone = told(entryOf({ id: aboveId, parentId: rootId, kind: 'folder', seq: 4 }), true)
    tell([told(folder)])
    if (pages === 1) tell([moved, file, gone])
    else if (pages === 2) for (const changes of [[file], [moved, gone]]) tell(changes)
    else for (const change of [file, moved, gone]) tell([change])
    assert.equal(store.trees.remote.size, 0)
    assert.ok(store.trashed.has(fileId) && store.trashed.has(folderId))
  })

test('[DE1] what left a folder before that went to the trash stays with all that is in it, whatever is told first', () => {
  const store = new SyncStore(new DatabaseSync(':memory:'))
  const told = (entry: RemoteEntry, isTrashed = false) =>
    ({ kind: 'entry', entry, isTrashed }) as const
  const tell = (changes: readonly RemoteChange[]) =>
    recordPage(store, { changes, cursor: 'here', hasMore: false })
  const above = entryOf({ id: aboveId, parentId: rootId, kind: 'folder', seq: 1 })
  const folder = entryOf({ id: folderId, parentId: aboveId, kind: 'folder', seq: 2 })
  const file = entryOf({ id: fileId, parentId: folderId, kind: 'file', seq: 3 })
  tell([told(above), told(folder), told(file)])
  // Moved by 4, and renamed by 6.
  tell([
    told({ ...above, seq: 5 }, true),
    told({ ...folder, parentId: rootId, name: 'new', seq: 6 }),
  ])
  assert.deepEqual(store.trees.remote.get(fileId), file)
  assert.deepEqual([...store.trees.remote.keys()], [folderId, fileId])
  assert.deepEqual([...store.trashed.keys()], [aboveId])
})

for (const pages of [1, 2])
  test(`[DE1] what was moved into a folder that went to the trash before anybody here heard of it goes with it, told by ${pages} pages`, () => {
    const store = new SyncStore(new DatabaseSync(':memory:'))
    const tell = (changes: readonly RemoteChange[]) =>
      recordPage(store, { changes, cursor: 'here', hasMore: false })
    const told = (entry: RemoteEntry, isTrashed = false) =>
      ({ kind: 'entry', entry, isTrashed }) as const
    const file = entryOf({ id: fileId, parentId: rootId, kind: 'file', seq: 1 })
    tell([told(file)])
    const moved = told({ ...file, parentId: folderId, seq: 3 })
    const gone = told(entryOf({ id: folderId, parentId: rootId, kind: 'folder', seq: 4 }), true)
    if (pages === 1) tell([moved, gone])
    else for (const change of [moved, gone]) tell([change])
    assert.equal(store.trees.remote.size, 0)
    assert.ok(store.trashed.has(fileId))
  })

test('[MD3] a server that begins to tell modes, as it was brought up to date, is asked for all that it has', async () => {
  const store = new SyncStore(new DatabaseSync(':memory:'))
  const files = [fileId, folderId].map((id, index) => ({
    ...entryOf({ id, parentId: rootId, kind: 'file', seq: index + 1 }),
    name: String(index),
  }))
  const told = (entry: RemoteEntry) => ({ kind: 'entry', entry, isTrashed: false }) as const
  recordPage(store, { changes: files.map(told), cursor: 'before', hasMore: false })
  assert.equal(store.cursor, 'before')
  const [changed, other] = files.map((entry) => ({ ...entry, isExecutable: false }))
  assert.ok(changed && other)
  recordPage(store, { changes: [told({ ...changed, seq: 3 })], cursor: 'after', hasMore: false })
  assert.equal(store.cursor, undefined)
  async function* snapshot(): AsyncIterable<RemotePage> {
    const changes = [told({ ...changed, seq: 3 } as RemoteEntry), told(other as RemoteEntry)]
    yield { changes, cursor: 'all', seq: 3, hasMore: false }
  }
  await recordSnapshot(store, { snapshot })
  assert.deepEqual(
    [...store.trees.remote.values()].map(({ isExecutable }) => isExecutable),
    [false, false],
  )
  recordPage(store, {
    changes: [told({ ...changed, seq: 4, isExecutable: true })],
    cursor: 'later',
    hasMore: false,
  })
  assert.equal(store.cursor, 'later')
})

test('tells what is being sent from here from what others did', () => {
  const store = new SyncStore(new DatabaseSync(':memory:'))
  const file = { id: fileId, parentId: rootId, name: 'file', kind: 'file' } as const
  store.transaction((writer) =>
    writer.putSend({ ...file, content: 'one', remoteBase: null, operationId: 'sent' }),
  )
  const tell = (id: NodeId, seq: number) => {
    const entry = { ...entryOf({ id, parentId: rootId, kind: 'file', seq }), content: 'one' }
    const changes = [{ kind: 'entry', entry, isTrashed: false } as const]
    return recordPage(store, { changes, cursor: String(seq), hasMore: false })
  }
  assert.equal(tell(fileId, 1), 'own')
  assert.equal(tell(folderId, 2), 'news')
  assert.equal(tell(folderId, 2), 'nothing')
  // The answer is settled by now.
  assert.equal(tell(fileId, 3), 'news')
})
