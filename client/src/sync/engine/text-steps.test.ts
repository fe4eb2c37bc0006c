import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import type { TextExchange } from '../ports.ts'
import { openTestDisk, type TestDisk } from '../testing/open-test-disk.ts'
import { testRootId, testStepContext } from '../testing/test-step-context.ts'
import type { StepContext } from './step-context.ts'
import { mergeTexts } from './text-steps.ts'

const id = '00000000-0000-7000-8000-000000000002' as NodeId

/** One text on the server and on a disk, where `save` happens in the moment after the client has written the file. */
async function openText(save: (user: TestDisk['user']) => Promise<void>) {
  const folder = await openTestDisk()
  const server = new Y.Doc()
  const text = server.getText('content')
  text.insert(0, 'one\n')
  const { disk } = folder
  const write = disk.write.bind(disk)
  disk.write = async (path, content, expected) => {
    disk.write = write
    const outcome = await write(path, content, expected)
    await save(folder.user)
    return { ...outcome, isChangedSince: true }
  }
  const context = testStepContext({ disk })
  context.world.remote.exchangeTexts = (texts: readonly TextExchange[]) => {
    for (const { update } of texts) if (update.length > 0) Y.applyUpdate(server, update)
    const answers = texts.map(({ stateVector }) => ({
      kind: 'done' as const,
      value: { update: Y.encodeStateAsUpdate(server, stateVector), content: contentOf(server) },
    }))
    return Promise.resolve(answers)
  }
  await folder.user.write(['a.txt'], 'one\n')
  const merge = async () => {
    await look(context, folder)
    return mergeTexts(context, [{ kind: 'merge-text', id }])
  }
  assert.deepEqual(await merge(), [undefined])
  return { folder, text, merge, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

const contentOf = (doc: Y.Doc) => `1.${Y.encodeStateVector(doc).join('')}`

/** As the next look at the disk finds it. */
async function look({ store }: StepContext, { disk }: TestDisk): Promise<void> {
  const hashed = await disk.hash(['a.txt'])
  assert.ok(hashed.kind === 'done')
  const { sha256: content, fingerprint } = hashed.value
  store.transaction((writer) =>
    writer.putLocal({
      id,
      parentId: testRootId,
      name: 'a.txt',
      kind: 'file',
      content,
      fingerprint,
    }),
  )
}

for (const [how, saved] of [
  ['goes on with what was just written', 'one\ntwo\nthree\n'],
  ['had not seen it', 'one\nthree\n'],
] as const)
  test(`what is saved in the moment after the file was written is there once, by a program that ${how}`, async () => {
    await using opened = await openText(async (user) => {
      await user.move(['a.txt'], ['a.txt~'])
      await user.write(['a.txt'], saved)
    })
    const { text, merge } = opened
    text.insert(4, 'two\n')
    const [failure] = await merge()
    assert.ok(failure instanceof Error)
    await merge()
    assert.deepEqual(text.toJSON().trim().split('\n').toSorted(), ['one', 'three', 'two'])
  })
