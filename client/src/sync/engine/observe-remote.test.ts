import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import type { RemoteEntry } from '../model/entry.ts'
import type { RemotePage } from '../ports.ts'
import { SyncStore } from '../store/sync-store.ts'
import { newerEntry, recordSnapshot } from './observe-remote.ts'

test('an answer of before a snapshot does not bring back what is not in it', async () => {
  const store = new SyncStore(new DatabaseSync(':memory:'))
  async function* snapshot(): AsyncIterable<RemotePage> {
    yield { changes: [], cursor: 'here', seq: 7, hasMore: false }
  }
  await recordSnapshot(store, { snapshot })
  const entry: RemoteEntry = {
    id: '00000000-0000-7000-8000-000000000002' as NodeId,
    parentId: '00000000-0000-7000-8000-000000000001' as NodeId,
    name: 'docs',
    kind: 'folder',
    seq: 7,
    content: null,
    isText: false,
    sizeBytes: null,
    canEdit: true,
  }
  assert.equal(newerEntry(store, entry), undefined)
  assert.deepEqual(newerEntry(store, { ...entry, seq: 8 }), { ...entry, seq: 8 })
})
