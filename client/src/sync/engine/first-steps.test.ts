import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import type { Operation } from '../model/operation.ts'
import { SyncStore } from '../store/sync-store.ts'
import { testRootId } from '../testing/test-step-context.ts'
import { firstSteps } from './first-steps.ts'

const idOf = (count: number) =>
  `00000000-0000-7000-8000-${String(count).padStart(12, '0')}` as NodeId

function makeFolder(count: number, parentId: NodeId): Operation {
  return { kind: 'create-local-folder', id: idOf(count), parentId, name: `folder ${count}` }
}

function download(count: number, parentId: NodeId): Operation {
  const at = { id: idOf(count), parentId, name: `file ${count}` }
  return { kind: 'download', ...at, remoteContent: 'one', localBase: null }
}

test('what lies in a folder that cannot be made leaves room in the plan for all else', () => {
  const store = new SyncStore(new DatabaseSync(':memory:'))
  const full = makeFolder(2, testRootId)
  const operations = [
    full,
    makeFolder(3, idOf(2)),
    download(4, idOf(2)),
    download(5, idOf(3)),
    download(6, testRootId),
    download(7, testRootId),
    download(8, testRootId),
  ]
  const found = firstSteps({ store, rootId: testRootId }, operations, {
    count: 2,
    isHeldBack: (operation) => operation === full,
  })
  assert.deepEqual(
    found.steps.map(({ operation }) => operation.id),
    [6, 7].map(idOf),
  )
  assert.equal(found.left, 1)
})
