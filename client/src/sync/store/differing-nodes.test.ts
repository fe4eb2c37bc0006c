import { Random } from '@cloudsync/crdt/testing'
import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { findDiffering } from '../planner/differences.ts'
import { SyncStore } from './sync-store.ts'

test('knows after each transaction what a look at all nodes finds', () => {
  const random = new Random(17)
  const store = new SyncStore(new DatabaseSync(':memory:'))
  for (let round = 0; round < 500; round++) {
    store.transaction((writer) => {
      for (let change = random.below(3); change >= 0; change--) {
        const id = idOf(1 + random.below(6))
        const entry = {
          id,
          parentId: idOf(0),
          name: random.pick(['a', 'b']),
          kind: 'file' as const,
        }
        const content = random.pick(['one', 'two'])
        switch (random.below(6)) {
          case 0:
            writer.putRemote({
              ...entry,
              content,
              sizeBytes: 1,
              canEdit: true,
              isText: false,
              seq: round,
            })
            break
          case 1:
            writer.putLocal({ ...entry, content, fingerprint: null })
            break
          case 2:
            writer.putSynced({ ...entry, localContent: content, remoteContent: content })
            break
          case 3:
            writer.removeRemote(id)
            break
          case 4:
            writer.removeLocal(id)
            break
          default:
            writer.removeSynced(id)
        }
      }
    })
    assert.deepEqual([...store.differing].toSorted(), [...findDiffering(store.trees)].toSorted())
  }
})

function idOf(number: number): NodeId {
  return `01890000-0000-7000-8000-${String(number).padStart(12, '0')}` as NodeId
}
