import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import test from 'node:test'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testRootId, testStepContext } from '../testing/test-step-context.ts'
import { StaleError } from './step-failures.ts'
import { trashRemote } from './trash-remote.ts'

const id = '00000000-0000-7000-8000-000000000002' as NodeId

for (const what of ['was put back on the disk', 'was found on the disk'])
  test(`[DE1] what ${what} since the plan was made is not trashed on the server`, async () => {
    await using folder = await openTestDisk()
    const context = testStepContext({ disk: folder.disk })
    const at = { id, parentId: testRootId, name: 'a', kind: 'file' as const }
    context.store.transaction((writer) => {
      writer.putSynced({ ...at, localContent: 'agreed', remoteContent: 'agreed' })
      if (what === 'was found on the disk')
        writer.putLocal({ ...at, content: null, fingerprint: null })
    })
    if (what === 'was put back on the disk') await folder.user.write(['a'], 'mine')
    const suspects: unknown[] = []
    const suspecting = { ...context, suspect: (path: unknown) => suspects.push(path) }
    const [failure] = await trashRemote(suspecting, [
      { kind: 'trash-remote', id, seq: 1, below: [] },
    ])
    assert.ok(failure instanceof StaleError)
    assert.equal(suspects.length, what === 'was put back on the disk' ? 1 : 0)
  })

test('[DE1] what is gone is trashed although something else that is known has its name', async () => {
  await using folder = await openTestDisk()
  const context = testStepContext({ disk: folder.disk })
  const at = { parentId: testRootId, name: 'a', kind: 'file' as const }
  const other = '00000000-0000-7000-8000-000000000003' as NodeId
  context.store.transaction((writer) => {
    writer.putSynced({ ...at, id, localContent: 'agreed', remoteContent: 'agreed' })
    writer.putLocal({ ...at, id: other, content: null, fingerprint: null })
  })
  await folder.user.write(['a'], 'mine')
  const step = { kind: 'trash-remote', id, seq: 1, below: [] } as const
  // The server of this context answers nobody, so it was asked.
  await assert.rejects(trashRemote(context, [step]), /nobody asks this/)
})
