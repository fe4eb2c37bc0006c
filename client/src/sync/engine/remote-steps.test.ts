import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import test from 'node:test'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testRootId, testStepContext } from '../testing/test-step-context.ts'
import { prepareUpload, restoreRemote, uploadChange, uploadNew } from './remote-steps.ts'
import { RefusedError, StaleError } from './step-failures.ts'
import { runSteps } from './step-runner.ts'
import { sha256Of } from '../texts/text-state.ts'
import { RemoteError } from '../model/failures.ts'

const id = '00000000-0000-7000-8000-000000000002' as NodeId

for (const { title, remote, left } of [
  {
    title: 'never held what a change is based on is not asked with that again',
    remote: 'second',
    left: null,
  },
  { title: 'refuses a change of what it holds may be asked again', remote: 'first', left: 'first' },
])
  test(`[CO1] a server that ${title}`, async () => {
    await using folder = await openTestDisk()
    const { disk, user } = folder
    const context = testStepContext({ disk, remote: { replace: async () => ({ kind: 'stale' }) } })
    await user.write(['a.bin'], 'mine')
    const fingerprint = (await disk.look(['a.bin']))?.fingerprint ?? null
    const file = { id, parentId: testRootId, name: 'a.bin', kind: 'file' } as const
    context.store.transaction((writer) => {
      writer.putLocal({ ...file, content: 'third', fingerprint })
      writer.putSynced({ ...file, localContent: 'first', remoteContent: 'first' })
      writer.putRemote({
        ...file,
        content: remote,
        isText: false,
        sizeBytes: 4,
        seq: 7,
        canEdit: true,
      })
    })
    const change = {
      kind: 'upload-change',
      id,
      localContent: 'third',
      remoteBase: 'first',
    } as const
    await assert.rejects(uploadChange(context, change), StaleError)
    assert.equal(context.store.trees.synced.get(id)?.remoteContent, left)
    assert.equal(context.store.sends.size, 0)
  })

for (const { title, name, said, isText, agreed } of [
  {
    title: 'file',
    name: 'a.bin',
    said: '\0mine',
    isText: false,
    agreed: sha256Of(Buffer.from('\0mine')),
  },
  // What the server called it then nobody can tell, and it is merged.
  { title: 'text', name: 'a.txt', said: 'mine', isText: true, agreed: null },
])
  test(`[PL4] of a new ${title} that somebody has changed before the server was heard of it, what was sent is agreed on, not the change`, async () => {
    await using folder = await openTestDisk()
    const { disk, user } = folder
    const place = { id, parentId: testRootId, name, kind: 'file' } as const
    const entry = { ...place, content: 'theirs', isText, sizeBytes: 6, seq: 8, canEdit: true }
    const upload = async () => [{ kind: 'done', value: { entry } } as const]
    const context = testStepContext({ disk, remote: { upload } })
    await user.write([name], said)
    const fingerprint = (await disk.look([name]))?.fingerprint ?? null
    const content = sha256Of(Buffer.from(said))
    context.store.transaction((writer) => writer.putLocal({ ...place, content, fingerprint }))
    const { kind: _, ...at } = place
    const operation = { ...at, kind: 'upload-new', localContent: content } as const
    const failures = await uploadNew(context, [await prepareUpload(context, operation)])
    assert.deepEqual(failures, [undefined])
    // Else whoever deletes their file here would delete what they have never seen, and of a text nobody here would see it.
    assert.equal(context.store.trees.synced.get(id)?.remoteContent, agreed)
    assert.equal(context.store.trees.remote.get(id)?.content, 'theirs')
  })

test('[CO1] of a new text that goes on being written while nobody knows whether it came, what was sent first is sent again', async () => {
  await using folder = await openTestDisk()
  const { disk, user } = folder
  const place = { id, parentId: testRootId, name: 'a.txt', kind: 'file' } as const
  const sent: string[] = []
  const context = testStepContext({
    disk,
    remote: {
      upload: async (files) => {
        for (const { bytes } of files) sent.push(Buffer.from(bytes ?? []).toString())
        throw new RemoteError('unreachable', 'the answer was lost')
      },
    },
  })
  for (const said of ['one\n', 'one\ntwo\n', 'one\ntwo\nthree\n']) {
    await user.write(['a.txt'], said)
    const fingerprint = (await disk.look(['a.txt']))?.fingerprint ?? null
    const content = sha256Of(Buffer.from(said))
    context.store.transaction((writer) => writer.putLocal({ ...place, content, fingerprint }))
    const { kind: _, ...at } = place
    const operation = { ...at, kind: 'upload-new', localContent: content } as const
    const prepared = await prepareUpload(context, operation)
    await assert.rejects(uploadNew(context, [prepared]), RemoteError)
  }
  // Merged on the ground of another one than came, what both have would be there twice.
  assert.deepEqual(sent, ['one\n', 'one\n', 'one\n'])
})

test('[CO1] what is sent again as it was at first, and is refused, has failed', async () => {
  await using folder = await openTestDisk()
  const { disk, user } = folder
  let isLost = true
  const context = testStepContext({
    disk,
    remote: {
      upload: async () => {
        if (isLost) throw new RemoteError('unreachable', 'the answer was lost')
        return [{ kind: 'refused', code: 'id_taken', detail: 'it was moved since' }]
      },
    },
  })
  const outcomes: unknown[] = []
  for (const said of ['one\n', 'one\ntwo\n']) {
    await user.write(['a.txt'], said)
    const fingerprint = (await disk.look(['a.txt']))?.fingerprint ?? null
    const localContent = sha256Of(Buffer.from(said))
    const at = { id, parentId: testRootId, name: 'a.txt' }
    context.store.transaction((writer) =>
      writer.putLocal({ ...at, kind: 'file', content: localContent, fingerprint }),
    )
    const operation = { ...at, kind: 'upload-new', localContent } as const
    const locks = { exclusive: new Set<string>(), shared: new Set<string>() }
    outcomes.push(...(await runSteps(context, [{ operation, locks }])))
    isLost = false
  }
  const [lost, refused] = outcomes
  assert.ok(lost instanceof RemoteError)
  assert.ok(refused instanceof RefusedError && refused.code === 'id_taken')
})

const folderId = '00000000-0000-7000-8000-000000000003' as NodeId
const childOf = (parentId: NodeId) =>
  ({
    id,
    parentId,
    name: 'a.txt',
    kind: 'file',
    content: 'one',
    isText: true,
    sizeBytes: 3,
    seq: 4,
    canEdit: true,
  }) as const

for (const { title, isKnown, isTrashed, isWaitedFor } of [
  { title: 'that is here is waited for', isKnown: true, isTrashed: false, isWaitedFor: true },
  { title: 'that comes back is waited for', isKnown: false, isTrashed: true, isWaitedFor: true },
  {
    title: 'of which nobody here knows is elsewhere',
    isKnown: false,
    isTrashed: false,
    isWaitedFor: false,
  },
])
  test(`[DE1] what is restored, and was alive already, in a folder ${title}`, async () => {
    await using folder = await openTestDisk()
    const entry = childOf(folderId)
    const restore = async () => ({ kind: 'done', value: { entry } }) as const
    const context = testStepContext({ disk: folder.disk, remote: { restore } })
    const { store } = context
    store.transaction((writer) => {
      writer.setSeenSeq(9)
      writer.setTrashed(id, true)
      if (isTrashed) writer.setTrashed(folderId, true)
      const { content: _, sizeBytes: __, ...rest } = entry
      const made = { ...rest, id: folderId, parentId: testRootId, name: 'folder', seq: 12 }
      if (isKnown) writer.putRemote({ ...made, kind: 'folder', content: null, sizeBytes: null })
    })
    await assert.rejects(restoreRemote(context, { kind: 'restore-remote', id }), StaleError)
    assert.equal(store.trashed.has(id), isWaitedFor)
  })
