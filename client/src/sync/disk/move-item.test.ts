import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interruptedContext, outrunContext } from '../testing/interrupted-context.ts'
import { openTestDisk, type TestDisk } from '../testing/open-test-disk.ts'
import { isSameNode } from '../model/fingerprint.ts'
import { moveItem } from './move-item.ts'

async function move(folder: TestDisk, act: () => Promise<unknown>) {
  await folder.user.write(['a'], 'one')
  const before = (await folder.disk.look(['a']))?.fingerprint
  assert.ok(before)
  const outcome = await moveItem(interruptedContext(folder, act), ['a'], ['b'], before)
  return { before, outcome }
}

for (const [title, act] of [
  [
    'puts another file there',
    ({ user }) => user.remove(['b']).then(() => user.write(['b'], 'two')),
  ],
  ['takes it away', ({ user }) => user.move(['b'], ['c'])],
] as const satisfies readonly [string, (folder: TestDisk) => Promise<void>][])
  test(`tells that it has moved a file where somebody ${title} at once`, async () => {
    await using folder = await openTestDisk()
    const { before, outcome } = await move(folder, () => act(folder))
    assert.ok(outcome.kind === 'done')
    assert.equal(outcome.isChangedSince, true)
    assert.ok(isSameNode(outcome.value, before))
  })

test('gives no file two names where somebody saves over it before it is moved', async () => {
  await using folder = await openTestDisk()
  const { user, disk } = folder
  await user.write(['a'], 'one')
  const before = (await disk.look(['a']))?.fingerprint
  assert.ok(before)
  const save = () => user.write(['a~'], 'two').then(() => user.move(['a~'], ['a']))
  const outcome = await moveItem(outrunContext(folder, save), ['a'], ['b'], before)
  assert.equal(outcome.kind, 'changed')
  assert.deepEqual([await user.read(['a']), await user.read(['b'])], ['two', undefined])
})

test('says nothing of a change where there is none', async () => {
  await using folder = await openTestDisk()
  const { outcome } = await move(folder, async () => undefined)
  const there = await folder.disk.look(['b'])
  assert.deepEqual(outcome, { kind: 'done', value: there?.fingerprint })
})
