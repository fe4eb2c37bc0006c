import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry } from '../model/entry.ts'
import { BusyDatabases } from './busy-databases.ts'

const folder = 'folder' as NodeId

/** Files by name and size, each of which is its own id. */
function treeOf(files: Readonly<Record<string, number>>): Map<NodeId, LocalEntry> {
  return new Map(
    Object.entries(files).map(([name, sizeBytes]) => {
      const id = name as NodeId
      const fingerprint = {
        device: '1',
        inode: name,
        sizeBytes,
        modifiedNs: '1',
        changedNs: '1',
        bornNs: '1',
      }
      const entry: LocalEntry = {
        id,
        parentId: folder,
        name,
        kind: 'file',
        content: 'x',
        fingerprint,
      }
      return [id, entry]
    }),
  )
}

function heldIn(
  files: Readonly<Record<string, number>>,
  kind: 'upload-change' | 'download',
): string[] {
  const databases = new BusyDatabases()
  const tree = treeOf(files)
  databases.update(tree, [], 0)
  databases.update(tree, [], 20_000)
  return [...tree.keys()].filter((id) => databases.isBusy({ id, kind }))
}

test('a database waits until it and its log have been at rest for ten seconds', () => {
  const databases = new BusyDatabases()
  const isBusy = (name: string) => databases.isBusy({ id: name as NodeId, kind: 'upload-change' })
  databases.update(treeOf({ a: 1, 'a-journal': 10, b: 1 }), [], 1_000)
  assert.deepEqual([isBusy('a'), isBusy('a-journal'), isBusy('b')], [true, true, false])
  assert.equal(databases.nextDueMs(), 11_000)
  databases.update(treeOf({ a: 1, 'a-journal': 20, b: 1 }), [], 6_000)
  databases.update(treeOf({ a: 1, 'a-journal': 20, b: 1 }), [], 11_000)
  assert.equal(isBusy('a'), true)
  databases.update(treeOf({ a: 1, 'a-journal': 20, b: 1 }), [], 16_000)
  assert.equal(isBusy('a'), false)
})

test('a write-ahead log and its index never go out beside their database', () => {
  assert.deepEqual(heldIn({ a: 1, 'a-wal': 10, 'a-shm': 10 }, 'upload-change'), ['a-wal', 'a-shm'])
  assert.deepEqual(heldIn({ 'a-wal': 10, 'a-shm': 10 }, 'upload-change'), [])
  // Somebody has called their files so, or has copied a database with its log.
  assert.deepEqual(heldIn({ trip: 1, 'trip-wal': 10 }, 'upload-change'), [])
})

test('nothing takes the place of a database of which there is something in a log', () => {
  assert.deepEqual(heldIn({ a: 1, 'a-wal': 10 }, 'download'), ['a'])
  assert.deepEqual(heldIn({ a: 1, 'a-journal': 10 }, 'download'), ['a'])
  assert.deepEqual(heldIn({ a: 1, 'a-wal': 0 }, 'download'), [])
})
