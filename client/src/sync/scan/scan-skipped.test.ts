import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openScanner, TestScanner } from '../testing/test-scanner.ts'

test('[LN2] keeps what was in a folder that a link out of the linked one has replaced', async () => {
  await using folder = await openScanner()
  const { user, scanner, root } = folder
  await user.makeFolder(['a'])
  await user.write(['a', 'b'], 'one')
  await scanner.scan()
  await user.remove(['a'])
  await symlink('/etc', join(root, 'a'))
  execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd: root })
  for (const _ of [1, 2]) {
    const { removed, gone, skipped } = await scanner.scan()
    assert.deepEqual([removed, gone.size], [[], 0])
    assert.deepEqual(skipped.map(({ path, reason }) => `${path.join('/')} ${reason}`).toSorted(), [
      'a folder-link',
      'pipe fifo',
    ])
  }
  assert.deepEqual(scanner.paths(), ['a', 'a/b'])
})

test('does not take up what is ignored, and goes on with what was before it was ignored', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.write(['old.log'], 'kept')
  await scanner.scan()
  await user.makeFolder(['build'])
  await user.write(['build', 'out'], 'x')
  await user.makeFolder(['src'])
  await user.write(['src', 'new.log'], 'x')
  await user.write(['src', 'keep.log'], 'x')
  await user.write(['src', '.cloudsyncignore'], '!keep.log\n')
  await user.write(['.cloudsyncignore'], '/build/\n*.log\n')
  await user.write(['~$letter.docx'], 'x')
  const { skipped } = await scanner.scan()
  assert.deepEqual(scanner.paths(), [
    '.cloudsyncignore',
    'old.log',
    'src',
    'src/.cloudsyncignore',
    'src/keep.log',
  ])
  assert.deepEqual(skipped.map(({ path }) => path.join('/')).toSorted(), [
    'build',
    'src/new.log',
    '~$letter.docx',
  ])
  await user.write(['.cloudsyncignore'], '')
  await scanner.scan([[]])
  assert.ok(scanner.id('build/out') && scanner.id('src/new.log'))
  // By a hint alone, the rules of the folders above still count.
  await user.write(['.cloudsyncignore'], '*.tmp')
  await user.write(['src', 'x.tmp'], 'x')
  await scanner.scan([['src']])
  assert.equal(scanner.id('src/x.tmp'), undefined)
})

test('keeps a file that is put aside under an ignored name for a moment', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.write(['a'], 'one')
  await scanner.scan()
  const id = scanner.id('a')
  await user.move(['a'], ['a~'])
  assert.deepEqual((await scanner.scan()).removed, [])
  await user.write(['a'], 'two')
  await scanner.scan()
  assert.deepEqual([scanner.id('a'), scanner.paths()], [id, ['a']])
})

test('says which names the server cannot have, and does not take a renamed file for removed', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.write(['a'], 'one')
  await scanner.scan()
  await user.move(['a'], ['what?'])
  await user.write(['line\nbreak'], 'x')
  for (const _ of [1, 2]) {
    const { removed, gone, skipped } = await scanner.scan()
    assert.deepEqual([removed, gone.size, scanner.paths()], [[], 0, ['a']])
    assert.deepEqual(new Set(skipped.map(({ reason }) => reason)), new Set(['name']))
  }
})

test('looks at nothing that is excluded, and never takes it for gone', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  let isExcluded = false
  const scanner = new TestScanner(disk, { isExcluded: ([name]) => isExcluded && name === 'a' })
  await user.makeFolder(['a'])
  await user.write(['a', 'b'], 'one')
  await scanner.scan()
  isExcluded = true
  await user.remove(['a', 'b'])
  await user.write(['a', 'c'], 'two')
  for (const _ of [1, 2]) {
    const { removed, gone } = await scanner.scan()
    assert.deepEqual([removed, gone.size, scanner.paths()], [[], 0, ['a', 'a/b']])
  }
})
