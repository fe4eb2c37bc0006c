import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import test from 'node:test'
import type { SyncedEntry } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'
import { openTestDisk, type TestDisk } from '../testing/open-test-disk.ts'
import { testRootId, testStepContext } from '../testing/test-step-context.ts'
import { download, moveLocal } from './local-steps.ts'
import type { StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { trashLocal } from './trash-local.ts'

const id = '00000000-0000-7000-8000-000000000002' as NodeId
const synced: SyncedEntry = {
  id,
  parentId: testRootId,
  name: 'a',
  kind: 'file',
  localContent: 'agreed',
  remoteContent: 'agreed',
}

for (const [what, found] of [
  ['changed', { name: 'a', content: 'mine' }],
  ['written and not read yet', { name: 'a', content: null }],
  ['renamed', { name: 'b', content: 'agreed' }],
] as const)
  test(`[DE1] a file that was found ${what} since the plan was made is not trashed`, async () => {
    await using folder = await openTestDisk()
    const context = testStepContext({ disk: folder.disk, remoteBytes: 'theirs' })
    await lies(folder, context, found)
    context.store.transaction((writer) => writer.putSynced(synced))
    await assert.rejects(trashLocal(context, { kind: 'trash-local', id, below: [] }), StaleError)
    assert.equal(await folder.user.read([found.name]), 'mine')
  })

test('[PL4] a file that was found where a new one was to be downloaded is not written over', async () => {
  await using folder = await openTestDisk()
  const context = testStepContext({ disk: folder.disk, remoteBytes: 'theirs' })
  await lies(folder, context, { name: 'a', content: null })
  const at = { id, parentId: testRootId, name: 'a', remoteContent: 'theirs', localBase: null }
  await assert.rejects(download(context, { kind: 'download', ...at }), StaleError)
  assert.equal(await folder.user.read(['a']), 'mine')
})

test('[MO1] a file that was moved here is known to be there, also where somebody puts another one there at once', async () => {
  await using folder = await openTestDisk()
  const { disk, user } = folder
  const move = disk.move.bind(disk)
  disk.move = async (...given) => {
    const outcome = await move(...given)
    await user.remove(['b'])
    await user.write(['b'], 'another')
    return { ...outcome, isChangedSince: true }
  }
  const suspected: DiskPath[] = []
  const suspect = (path: DiskPath) => void suspected.push(path)
  const context = { ...testStepContext({ disk }), suspect }
  await lies(folder, context, { name: 'a', content: 'agreed' })
  const seen = { parentId: testRootId, name: 'a' }
  await moveLocal(context, { kind: 'move-local', id, parentId: testRootId, name: 'b', seen })
  assert.equal(context.store.trees.local.get(id)?.name, 'b')
  assert.deepEqual(suspected, [[]])
})

/** Somebody's file, as the last look found it. */
async function lies(
  { disk, user }: TestDisk,
  { store }: StepContext,
  { name, content }: { readonly name: string; readonly content: string | null },
): Promise<void> {
  await user.write([name], 'mine')
  const fingerprint = (await disk.look([name]))?.fingerprint ?? null
  store.transaction((writer) =>
    writer.putLocal({ id, parentId: testRootId, name, kind: 'file', content, fingerprint }),
  )
}
