import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import test from 'node:test'
import type { LocalEntry } from '../model/entry.ts'
import type { PlaceIntent } from '../model/intents.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testRootId, testStepContext } from '../testing/test-step-context.ts'
import { settlePlaces } from './place-intents.ts'

const id = '00000000-0000-7000-8000-000000000002' as NodeId
const copyId = '00000000-0000-7000-8000-000000000003' as NodeId
const at = { id, parentId: testRootId, kind: 'file' } as const
const lay: LocalEntry = { ...at, name: 'a', content: 'mine', fingerprint: null }

async function settle(intent: PlaceIntent, found: LocalEntry | undefined, isAllSeen = true) {
  await using folder = await openTestDisk()
  const { store } = testStepContext({ disk: folder.disk })
  store.transaction((writer) => {
    writer.putLocal(lay)
    const contents = { localContent: 'mine', remoteContent: 'theirs' }
    writer.putSynced({ ...at, name: 'a', ...contents })
    writer.putPlace(intent)
  })
  store.transaction((writer) => settlePlaces({ store }, writer, () => found, isAllSeen))
  return store
}

test('[NA1] a copy that a process put aside before it died is one of its own, and no move of what it was made of', async () => {
  const intent = { ...at, name: 'a (2)', isShared: false, copyId }
  const { trees, places } = await settle(intent, { ...lay, name: 'a (2)' })
  assert.deepEqual([...trees.local.values()], [{ ...lay, id: copyId, name: 'a (2)' }])
  assert.deepEqual([trees.synced.size, places.size], [0, 0])
})

test('[NA4] a file that a process called otherwise on the disk before it died keeps its name', async () => {
  const intent = { ...at, name: 'a', diskName: 'a (2)', isShared: true }
  const { trees, places } = await settle(intent, { ...lay, name: 'a (2)' })
  assert.deepEqual([...trees.local.values()], [{ ...lay, diskName: 'a (2)' }])
  assert.deepEqual([trees.synced.get(id)?.name, places.size], ['a', 0])
})

test('[MO1] what a process did not come to move is forgotten when everything was looked at', async () => {
  for (const isAllSeen of [false, true]) {
    const intent = { ...at, name: 'b', isShared: true }
    const { trees, places } = await settle(intent, lay, isAllSeen)
    assert.deepEqual([trees.local.get(id)?.name, trees.synced.get(id)?.name], ['a', 'a'])
    assert.equal(places.size, isAllSeen ? 0 : 1)
  }
})
