import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DiskError } from '../model/failures.ts'
import type { DiskPath } from '../ports.ts'
import { openScanner, TestScanner } from '../testing/test-scanner.ts'

test('concludes nothing about a folder that cannot be read', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  await user.makeFolder(['a'])
  await user.makeFolder(['a', 'b'])
  await user.write(['a', 'b', 'c'], 'one')
  let isBroken = false
  const scanner = new TestScanner({
    ...disk,
    list: (path) => {
      if (isBroken && path.length === 1) throw new DiskError('EIO', 'readdir')
      return disk.list(path)
    },
  })
  await scanner.scan()
  isBroken = true
  for (const _ of [1, 2]) {
    const { unknown, removed, gone } = await scanner.scan()
    assert.deepEqual(unknown, [{ path: ['a'], code: 'EIO' }])
    assert.deepEqual([removed, gone.size, scanner.known.size], [[], 0, 3])
  }
  await user.move(['a', 'b'], ['b'])
  await scanner.scan()
  isBroken = false
  await scanner.scan()
  assert.deepEqual(scanner.paths(), ['a', 'b', 'b/c'])
})

for (const kind of ['file', 'folder'] as const)
  test(`knows a ${kind} again that moved out of a folder that cannot be read`, async () => {
    await using folder = await openScanner()
    const { user, disk } = folder
    await user.makeFolder(['a'])
    await user.makeFolder(['z'])
    if (kind === 'folder') await user.makeFolder(['a', 'b'])
    await user.write(kind === 'file' ? ['a', 'b'] : ['a', 'b', 'c'], 'one')
    let isBroken = false
    const scanner = new TestScanner({
      ...disk,
      list: (path) => {
        if (isBroken && path[0] === 'a') throw new DiskError('EIO', 'readdir')
        return disk.list(path)
      },
    })
    await scanner.scan()
    const [id, size] = [scanner.id('a/b'), scanner.known.size]
    isBroken = true
    await user.move(['a', 'b'], ['z', 'b'])
    for (const hints of [[[], ['z'], ['a']], undefined, undefined]) {
      const { removed } = await scanner.scan(hints)
      assert.deepEqual([scanner.id('z/b'), scanner.known.size, removed], [id, size, []])
    }
    isBroken = false
    await scanner.scan()
    assert.deepEqual([scanner.id('z/b'), scanner.known.size], [id, size])
  })

test('takes a second name of a file that may be where nobody can look for neither', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  await user.makeFolder(['a'])
  await user.write(['a', 'b'], 'one')
  let isBroken = false
  const broken = (path: DiskPath) => {
    if (isBroken && path[0] === 'a') throw new DiskError('EIO', 'a')
  }
  const scanner = new TestScanner({
    ...disk,
    list: (path) => (broken(path), disk.list(path)),
    look: async (path) => (broken(path), disk.look(path)),
  })
  await scanner.scan()
  const id = scanner.id('a/b')
  isBroken = true
  await user.move(['a', 'b'], ['c'])
  await scanner.scan()
  assert.deepEqual([scanner.id('a/b'), scanner.id('c')], [id, undefined])
  isBroken = false
  await scanner.scan()
  assert.deepEqual([scanner.id('a/b'), scanner.id('c')], [undefined, id])
})

test('does not take a file that moves while the folders are listed for two', async () => {
  await using folder = await openScanner()
  const { disk, user } = folder
  let isToMove = false
  const scanner = new TestScanner({
    ...disk,
    async list(path) {
      if (isToMove && path.length > 0) await user.move(['a'], ['there', 'a'])
      if (path.length > 0) isToMove = false
      return disk.list(path)
    },
  })
  await user.makeFolder(['there'])
  await user.write(['a'], 'one')
  await scanner.scan()
  const id = scanner.id('a')
  isToMove = true
  const { again } = await scanner.scan()
  assert.deepEqual(again, [['there']])
  await scanner.scan()
  assert.deepEqual([scanner.paths(), scanner.id('there/a')], [['there', 'there/a'], id])
})

test('does not take a file that was written anew and moves while the folders are listed for two', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  await user.makeFolder(['z'])
  await user.write(['a'], 'one')
  let move: (() => Promise<void>) | undefined
  const scanner = new TestScanner({
    ...disk,
    list: async (path) => {
      const items = await disk.list(path)
      if (path.length === 0) await move?.()
      move = undefined
      return items
    },
  })
  await scanner.scan()
  const id = scanner.id('a')
  await user.write(['new'], 'one and more')
  await user.move(['new'], ['a'])
  move = () => user.move(['a'], ['z', 'b'])
  await scanner.scan()
  await scanner.scan()
  await scanner.scan()
  assert.equal(scanner.known.size, 2)
  assert.equal(scanner.id('z/b'), id)
})

test('does not take a file for new that came into the place of a new one since that was listed', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  let move: (() => Promise<void>) | undefined
  const scanner = new TestScanner({
    ...disk,
    hash: async (path) => {
      await move?.()
      move = undefined
      return disk.hash(path)
    },
  })
  await user.makeFolder(['there'])
  await user.write(['a'], 'one')
  await scanner.scan()
  const id = scanner.id('a')
  await user.write(['there', 'b'], 'two')
  move = async () => {
    await user.remove(['there', 'b'])
    await user.move(['a'], ['there', 'b'])
  }
  const { again } = await scanner.scan([['there']])
  await scanner.scan([...again, []])
  assert.deepEqual([scanner.paths(), scanner.id('there/b')], [['there', 'there/b'], id])
})

test('does not take a text that moves while it is compared for a new one', async () => {
  await using folder = await openScanner()
  const { disk, user } = folder
  const texts = new Map<string | undefined, string>()
  let isMoving = true
  const scanner = new TestScanner(
    {
      ...disk,
      read: (path, expected) => {
        if (isMoving) throw new DiskError('changed', path.join('/'))
        return disk.read(path, expected)
      },
    },
    { textOf: (id) => texts.get(id) },
  )
  for (const name of ['a', 'b']) await user.write([name], `${name} one\ntwo\nthree\n`)
  await scanner.scan()
  scanner.settle()
  const [a, b] = [scanner.id('a'), scanner.id('b')]
  texts.set(a, 'a one\ntwo\nthree\n').set(b, 'b one\ntwo\nthree\n')
  await user.remove(['a'])
  await user.write(['c'], 'a one\ntwo\nthree\nfour\n')
  for (const _ of [1, 2, 3]) {
    const { again, removed } = await scanner.scan()
    assert.deepEqual([again, removed, scanner.paths()], [[[]], [], ['a', 'b']])
  }
  isMoving = false
  await scanner.scan()
  assert.deepEqual([scanner.paths(), scanner.id('c')], [['b', 'c'], a])
})

test('what is missing may be where nobody can look, and is not gone for as long as that is likely', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  let isBroken = false
  const scanner = new TestScanner({
    ...disk,
    list: (path) => {
      if (isBroken && path[0] === 'z') throw new DiskError('EACCES', 'readdir')
      return disk.list(path)
    },
  })
  scanner.isPatient = false
  await user.makeFolder(['z'])
  for (const name of ['a', 'b']) await user.write([name], name)
  await scanner.scan()
  const id = scanner.id('a')
  isBroken = true
  await user.move(['a'], ['z', 'a'])
  const startMs = scanner.now()
  for (const afterMs of [0, 10_000, 60_000]) {
    scanner.now = () => startMs + afterMs
    assert.deepEqual((await scanner.scan()).removed, [], `after ${afterMs} ms`)
  }
  isBroken = false
  await scanner.scan()
  assert.deepEqual([scanner.paths(), scanner.id('z/a')], [['b', 'z', 'z/a'], id])
  isBroken = true
  await user.remove(['b'])
  await scanner.scan()
  // A folder that can never be read keeps nothing that was deleted for ever.
  scanner.now = () => startMs + 3_600_000
  await scanner.scan()
  assert.deepEqual(scanner.paths(), ['z', 'z/a'])
})
