import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Operation } from '../model/operation.ts'
import { SyncStore } from '../store/sync-store.ts'
import { nextGroup, nextStructural } from './group-contents.ts'
import type { Step } from './plan-run.ts'

const limits = { batchFiles: 5, batchBytes: 1000, batchDownloads: 3, batchTexts: 2 }
const rootId = idOf(0)

function idOf(count: number): NodeId {
  return `00000000-0000-7000-8000-${String(count).padStart(12, '0')}` as NodeId
}

/** Files of these sizes on both sides, and what is to be done with them. */
function open(kind: 'upload-new' | 'download', sizes: readonly number[]) {
  const store = new SyncStore(new DatabaseSync(':memory:'))
  const steps = sizes.map((sizeBytes, index): Step => {
    const place = { id: idOf(index + 1), parentId: rootId, name: `${index}`, kind: 'file' } as const
    const times = { device: '1', inode: '1', bornNs: '1', modifiedNs: '1', changedNs: '1' }
    store.transaction((writer) => {
      writer.putLocal({ ...place, content: 'a', fingerprint: { ...times, sizeBytes } })
      writer.putRemote({ ...place, content: 'b', seq: 1, isText: false, sizeBytes, canEdit: true })
    })
    const { id, parentId, name } = place
    const operation: Operation =
      kind === 'upload-new'
        ? { kind, id, parentId, name, localContent: 'a' }
        : { kind, id, parentId, name, remoteContent: 'b', localBase: 'a' }
    return { operation, locks: { exclusive: new Set(), shared: new Set() } }
  })
  const group = (isMoreComing = false) =>
    nextGroup(steps, store, limits, isMoreComing)?.map(({ operation }) =>
      Number(operation.id.slice(-3)),
    )
  return { steps, group }
}

const megabyte = 1024 * 1024

test('small files go together, as many as go into a request, and a large one alone', () => {
  assert.deepEqual(open('upload-new', [10, 10, 2 * megabyte, 10]).group(), [1, 2, 4])
  assert.deepEqual(open('upload-new', [2 * megabyte, 10]).group(), [1])
  assert.deepEqual(open('upload-new', [400, 400, 400, 400]).group(), [1, 2])
})

test('a batch that is not full waits while more may come, and a full one does not', () => {
  assert.equal(open('upload-new', [10, 10]).group(true), undefined)
  assert.deepEqual(open('upload-new', [10, 10, 10, 10, 10, 10]).group(true), [1, 2, 3, 4, 5])
  assert.deepEqual(open('upload-new', [400, 400, 400]).group(true), [1, 2])
})

test('small files come together, and a large one alone', () => {
  assert.deepEqual(open('download', [10, 10, megabyte, 10, 10]).group(), [1, 2, 4])
  assert.deepEqual(open('download', [megabyte, 10]).group(), [1])
  assert.deepEqual(open('download', [600, 600, 300]).group(), [1, 3])
})

test('deletions on the server go together, and anything else that changes places alone', () => {
  const { steps } = open('download', [1, 1])
  const stepOf = (operation: Operation): Step => ({ ...(steps[0] as Step), operation })
  const trash = (count: number) =>
    stepOf({ kind: 'trash-remote', id: idOf(count), seq: 1, below: [] })
  const move = stepOf({
    kind: 'create-remote-folder',
    id: idOf(9),
    parentId: rootId,
    name: 'folder',
  })
  const [first, second] = [trash(1), trash(2)]
  assert.deepEqual(nextStructural([first, move, second], 10), [first, second])
  assert.deepEqual(nextStructural([move, first], 10), [move])
  assert.deepEqual(nextStructural([], 10), [])
})
