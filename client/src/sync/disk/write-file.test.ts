import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interruptedContext } from '../testing/interrupted-context.ts'
import { openTestDisk, type TestDisk } from '../testing/open-test-disk.ts'
import { writeFile } from './write-file.ts'

function write(folder: TestDisk, act: () => Promise<unknown>) {
  return writeFile(interruptedContext(folder, act), ['a'], content('theirs'), null)
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
