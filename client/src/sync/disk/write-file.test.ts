import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestDisk, type TestDisk } from '../testing/open-test-disk.ts'
import { FolderAccess } from './folder-access.ts'
import { FolderSyncs } from './folder-syncs.ts'
import { OwnFiles } from './own-files.ts'
import { QuickCalls } from './quick-calls.ts'
import { writeFile } from './write-file.ts'

/** Somebody does something in the moment after the file has come into its place. */
class Interrupted extends FolderSyncs {
  readonly #act: () => Promise<unknown>

  constructor(act: () => Promise<unknown>) {
    super()
    this.#act = act
  }

  override async sync(): Promise<void> {
    await this.#act()
  }
}

function write({ root, disk }: TestDisk, act: () => Promise<unknown>) {
  const quick = new QuickCalls()
  const context = {
    quick,
    own: new OwnFiles(),
    access: new FolderAccess(root, quick),
    syncs: new Interrupted(act),
    traits: disk.traits,
    now: () => Date.now(),
  }
  return writeFile(context, ['a'], content('theirs'), null)
}

test('tells that it has written where somebody saves over that at once', async () => {
  await using folder = await openTestDisk()
  const outcome = await write(folder, () => folder.user.write(['a'], 'theirs and mine'))
  assert.deepEqual([outcome.kind, outcome.isChangedSince], ['done', true])
  assert.ok(outcome.kind === 'done')
  assert.notDeepEqual((await folder.disk.look(['a']))?.fingerprint, outcome.value)
})

test('tells that it has written where somebody takes the file away at once, as vim does before it saves', async () => {
  await using folder = await openTestDisk()
  const outcome = await write(folder, () => folder.user.move(['a'], ['a~']))
  assert.deepEqual([outcome.kind, outcome.isChangedSince], ['changed', true])
})

async function* content(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
