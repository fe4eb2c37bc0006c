import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openScanner, TestScanner } from '../testing/test-scanner.ts'

test('leaves a file that is being written for later', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.makeFolder(['a'])
  await user.write(['a', 'b'], 'one')
  await scanner.scan()
  const id = scanner.id('a/b')
  scanner.now = () => Date.now() - 100
  await user.write(['a', 'b'], 'two')
  const first = await scanner.scan([['a']])
  assert.deepEqual([first.again, scanner.known.get(id ?? scanner.rootId)?.content], [[['a']], null])
  scanner.now = () => Date.now() + 1_000
  const second = await scanner.scan(first.again)
  assert.deepEqual([second.again.length, second.changed.length], [0, 1])
  assert.equal(second.changed[0]?.content?.length, 64)
})

test('does not believe a file that changes while it is read', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  await user.write(['a'], 'one')
  const scanner = new TestScanner({
    ...disk,
    async hash(path) {
      const outcome = await disk.hash(path)
      return outcome.kind === 'done' && path[0] === 'a' ? { kind: 'changed' } : outcome
    },
  })
  const { again, changed } = await scanner.scan()
  assert.deepEqual([again, changed[0]?.content], [[[]], null])
})

test('reads a file again whose bytes changed under the same size and time', async () => {
  await using folder = await openScanner()
  const { user, scanner, root, hashed } = folder
  await user.write(['a'], 'one')
  await utimes(join(root, 'a'), 1_000_000, 1_000_000)
  await scanner.scan()
  await user.write(['a'], 'two')
  await utimes(join(root, 'a'), 1_000_000, 1_000_000)
  const { changed } = await scanner.scan()
  assert.deepEqual([changed.length, hashed.length], [1, 2])
})

test('reads only so much at a time, small files first', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  const scanner = new TestScanner(disk, { maxReadBytes: 100 })
  await user.write(['large'], 'x'.repeat(200))
  await user.write(['small'], 'x')
  const first = await scanner.scan()
  const unread = first.changed.filter(({ content }) => content === null)
  assert.deepEqual([unread.map(({ name }) => name), first.again], [['large'], [[]]])
  await scanner.scan(first.again)
  assert.ok([...scanner.known.values()].every(({ content }) => content !== null))
})

test('keeps what a missing file may be, until it was read', async () => {
  await using folder = await openScanner()
  const { user, root, disk } = folder
  const traits = {
    isCaseInsensitive: false,
    isNormalizing: false,
    timeGranularityMs: 2_000,
    hasStableInodes: false,
  }
  const scanner = new TestScanner(disk, { traits })
  await user.write(['a'], 'one')
  await scanner.scan()
  const id = scanner.id('a')
  execFileSync('sh', ['-c', 'cp a b && rm a'], { cwd: root })
  scanner.now = () => Date.now()
  for (const _ of [1, 2, 3]) assert.deepEqual((await scanner.scan()).removed, [])
  assert.deepEqual(scanner.paths(), ['a', 'b'])
  scanner.now = () => Date.now() + 3_600_000
  await scanner.scan()
  assert.deepEqual([scanner.id('b'), scanner.paths()], [id, ['b']])
})
