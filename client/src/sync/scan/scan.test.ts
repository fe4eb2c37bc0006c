import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { link } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openScanner, TestScanner } from '../testing/test-scanner.ts'

test('finds what is there, and reads nothing twice', async () => {
  await using folder = await openScanner()
  const { user, scanner, hashed } = folder
  await user.makeFolder(['notes'])
  await user.write(['notes', 'a.txt'], 'a')
  await user.write(['b'], 'b')
  const first = await scanner.scan()
  assert.deepEqual(scanner.paths(), ['b', 'notes', 'notes/a.txt'])
  assert.equal(first.changed.length, 3)
  assert.deepEqual(hashed.toSorted(), ['b', 'notes/a.txt'])
  const known = scanner.known
  const second = await scanner.scan()
  assert.equal(hashed.length, 2)
  assert.deepEqual([second.changed, second.removed, second.again], [[], [], []])
  for (const [id, entry] of known) assert.equal(second.local.get(id), entry)
})

test('keeps the id of a file that an editor replaces by a new one', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.write(['a'], 'one')
  await scanner.scan()
  const id = scanner.id('a')
  await user.write(['.a.new'], 'two')
  await user.move(['.a.new'], ['a'])
  const { changed } = await scanner.scan()
  assert.deepEqual([scanner.id('a'), changed.length], [id, 1])
  // As vim does with a backup: the old file goes aside, and the new one takes its name.
  await user.move(['a'], ['a.bak'])
  await user.write(['a'], 'three')
  await scanner.scan()
  assert.equal(scanner.id('a'), id)
  assert.notEqual(scanner.id('a.bak'), id)
})

test('sees a renamed folder as one change, whatever is in it', async () => {
  await using folder = await openScanner()
  const { user, scanner, hashed } = folder
  await user.makeFolder(['old'])
  await user.makeFolder(['old', 'deep'])
  for (let n = 0; n < 20; n++) await user.write(['old', 'deep', `${n}`], `text ${n}`)
  await scanner.scan()
  const id = scanner.id('old')
  const read = hashed.length
  await user.move(['old'], ['new'])
  for (const folders of [[[]], undefined]) {
    const { changed, removed, gone } = await scanner.scan(folders)
    assert.deepEqual([removed, gone.size, hashed.length], [[], 0, read])
    assert.deepEqual(
      changed.map(({ name }) => name),
      folders ? ['new'] : [],
    )
  }
  assert.equal(scanner.id('new'), id)
})

test('keeps the id of a folder that was renamed while another took its name', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  for (const name of ['a', 'b']) {
    await user.makeFolder([name])
    await user.write([name, 'file'], name)
  }
  await scanner.scan()
  const [a, b, fileInA] = [scanner.id('a'), scanner.id('b'), scanner.id('a/file')]
  await user.move(['a'], ['c'])
  await user.move(['b'], ['a'])
  await user.move(['c'], ['b'])
  const { changed } = await scanner.scan()
  assert.deepEqual([scanner.id('b'), scanner.id('a'), scanner.id('b/file')], [a, b, fileInA])
  assert.equal(changed.length, 2)
  await user.move(['a'], ['a.old'])
  await user.makeFolder(['a'])
  await scanner.scan()
  assert.equal(scanner.id('a.old'), b)
  assert.notEqual(scanner.id('a'), b)
})

test('finds a moved file again by its inode, in whatever order the hints come', async () => {
  for (const hints of [[['from']], [['to']], [['from'], ['to']]]) {
    await using folder = await openScanner()
    const { user, scanner, hashed } = folder
    for (const name of ['from', 'to']) await user.makeFolder([name])
    await user.write(['from', 'a'], 'one')
    await scanner.scan()
    const id = scanner.id('from/a')
    await user.move(['from', 'a'], ['to', 'b'])
    const first = await scanner.scan(hints)
    assert.deepEqual(first.removed, [])
    await scanner.scan([['to'], ...first.again])
    assert.deepEqual([scanner.id('to/b'), new Set(hashed)], [id, new Set(['from/a', 'to/b'])])
    assert.deepEqual((await scanner.scan()).removed, [])
    assert.deepEqual(scanner.paths(), ['from', 'to', 'to/b'])
  }
})

test('finds a moved file again by its content where inodes mean nothing, if no other has the same', async () => {
  await using folder = await openScanner()
  const { user, root, disk } = folder
  const traits = {
    isCaseInsensitive: true,
    isNormalizing: false,
    timeGranularityMs: 2_000,
    hasStableInodes: false,
  }
  const scanner = new TestScanner(disk, { traits })
  for (const name of ['a', 'b']) await user.makeFolder([name])
  await user.write(['a', 'one'], 'only once')
  await user.write(['a', 'x'], 'twice')
  await user.write(['a', 'y'], 'twice')
  await user.write(['a', 'empty'], '')
  await scanner.scan()
  const [one, x, y, empty] = ['a/one', 'a/x', 'a/y', 'a/empty'].map((path) => scanner.id(path))
  execFileSync('sh', ['-c', 'cp a/* b && rm a/*'], { cwd: root })
  await scanner.scan()
  assert.equal(scanner.id('b/one'), one)
  for (const path of ['b/x', 'b/y', 'b/empty'])
    assert.ok(![x, y, empty].includes(scanner.id(path)), path)
})

test('a second name of a file is a file of its own', async () => {
  await using folder = await openScanner()
  const { user, scanner, root } = folder
  await user.makeFolder(['folder'])
  await user.write(['a'], 'one')
  await scanner.scan()
  const id = scanner.id('a')
  await link(join(root, 'a'), join(root, 'folder', 'b'))
  await scanner.scan([['folder']])
  assert.equal(scanner.id('a'), id)
  assert.notEqual(scanner.id('folder/b'), id)
  await scanner.scan()
  assert.deepEqual(scanner.paths(), ['a', 'folder', 'folder/b'])
})

test('says that something is removed only when it is missing for the second time', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.makeFolder(['a'])
  await user.write(['a', 'b'], 'one')
  await user.write(['c'], 'two')
  await scanner.scan()
  const ids = ['a', 'a/b', 'c'].map((path) => scanner.id(path))
  await user.remove(['a'])
  await user.remove(['c'])
  const first = await scanner.scan([[]])
  assert.deepEqual([first.removed, first.gone.size, first.again], [[], 2, [[]]])
  assert.equal(scanner.known.size, 3)
  const second = await scanner.scan()
  assert.deepEqual(new Set(second.removed), new Set(ids))
  assert.deepEqual([scanner.known.size, second.gone.size, second.again], [0, 0, []])
})

test('counts the time that something is missing through all the scans in between', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  scanner.isPatient = false
  let nowMs = Date.now() + 3_600_000
  scanner.now = () => nowMs
  for (const name of ['a', 'b']) await user.makeFolder([name])
  await user.write(['a', 'c'], 'one')
  await scanner.scan()
  const id = scanner.id('a/c')
  await user.remove(['a', 'c'])
  for (const place of ['a', 'b', 'a', 'b']) {
    const { removed, gone } = await scanner.scan([[place]])
    assert.deepEqual([removed, [...gone.keys()]], [[], [id]])
    nowMs += 500
  }
  assert.deepEqual((await scanner.scan()).removed, [id])
})

test('finds what moved to a folder of which no hint came, before it counts as removed', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.makeFolder(['there'])
  await user.write(['a'], 'one')
  await scanner.scan()
  const id = scanner.id('a')
  await user.move(['a'], ['there', 'a'])
  for (const _ of [1, 2]) assert.deepEqual((await scanner.scan([[]])).removed, [])
  assert.deepEqual((await scanner.scan()).removed, [])
  assert.equal(scanner.id('there/a'), id)
})

test('knows a text again that was renamed and then replaced by an editor', async () => {
  await using folder = await openScanner()
  const { disk, user } = folder
  const texts = new Map<string | undefined, string>()
  const scanner = new TestScanner(disk, { textOf: (id) => texts.get(id) })
  const said = 'one\ntwo\nthree\n'
  for (const name of ['a', 'b']) await user.write([name], `${name}${said}`)
  await scanner.scan()
  const [a, b] = [scanner.id('a'), scanner.id('b')]
  texts.set(a, `a${said}`).set(b, `b${said}`)
  await user.remove(['a'])
  await user.write(['c'], `a${said}four\n`)
  await scanner.scan()
  assert.deepEqual([scanner.paths(), scanner.id('c'), scanner.id('b')], [['b', 'c'], a, b])
  texts.set(a, `a${said}four\n`)
  await user.remove(['b'])
  await user.write(['d'], `b${said}five\n`)
  await user.write(['e'], `b${said}six\n`)
  await user.remove(['c'])
  await user.write(['f'], 'nothing of the kind\n')
  await scanner.scan()
  for (const name of ['d', 'e', 'f']) assert.ok(![a, b].includes(scanner.id(name)), name)
})

test('[NA4] a file that the disk calls otherwise keeps its name, wherever it goes, until somebody renames it', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.makeFolder(['there'])
  await user.write(['a (2)'], 'one')
  await scanner.scan()
  const id = scanner.id('a (2)')
  assert.ok(id)
  const known = () => {
    const { name, diskName } = scanner.known.get(id) ?? {}
    return [name, diskName]
  }
  const entry = scanner.known.get(id)
  assert.ok(entry)
  scanner.known = new Map(scanner.known).set(id, { ...entry, name: 'a', diskName: 'a (2)' })
  assert.deepEqual((await scanner.scan()).changed, [])
  await user.write(['a (2)'], 'two')
  await scanner.scan()
  assert.deepEqual(known(), ['a', 'a (2)'])
  await user.write(['a'], 'another')
  await scanner.scan()
  assert.deepEqual(known(), ['a', 'a (2)'])
  await user.move(['a (2)'], ['there', 'a (2)'])
  await scanner.scan()
  await scanner.scan()
  assert.deepEqual(known(), ['a', 'a (2)'])
  await user.move(['there', 'a (2)'], ['there', 'b'])
  await scanner.scan()
  await scanner.scan()
  assert.deepEqual(known(), ['b', undefined])
})

for (const isMove of [true, false])
  test(`takes a text ${isMove ? 'that was moved over another one for the moved one' : 'that an editor put over its former version for that one'}`, async () => {
    await using folder = await openScanner()
    const { disk, user } = folder
    const texts = new Map<string | undefined, string>()
    const scanner = new TestScanner(disk, { textOf: (id) => texts.get(id) })
    const rest = 'one\ntwo\nthree\n'
    await user.write(['a'], 'quite\nanother\n')
    await user.write(['b'], `b${rest}`)
    await scanner.scan()
    scanner.settle()
    const [a, b] = [scanner.id('a'), scanner.id('b')]
    // The editor has written the whole of it beside first, and that was synced as a file of its own.
    texts.set(a, isMove ? 'quite\nanother\n' : `b${rest}`).set(b, `b${rest}`)
    await user.remove(['a'])
    await user.move(['b'], ['a'])
    // So shortly after that, nobody reads it yet.
    const { now } = scanner
    const changedNs = (await disk.look(['a']))?.fingerprint.changedNs ?? ''
    scanner.now = () => Number(BigInt(changedNs) / 1_000_000n)
    await scanner.scan()
    scanner.now = now
    await scanner.scan()
    await scanner.scan()
    assert.deepEqual([scanner.paths(), scanner.id('a')], [['a'], isMove ? b : a])
  })

test('takes a text that was moved over another one and then replaced by an editor for the moved one', async () => {
  await using folder = await openScanner()
  const { disk, user } = folder
  const texts = new Map<string | undefined, string>()
  const scanner = new TestScanner(disk, { textOf: (id) => texts.get(id) })
  const rest = 'one\ntwo\nthree\n'
  for (const [name, said] of [
    ['a', 'quite\nanother\n'],
    ['b', `b${rest}`],
    ['c', `c${rest}`],
  ] as const)
    await user.write([name], said)
  await scanner.scan()
  scanner.settle()
  const [a, b, c] = ['a', 'b', 'c'].map((name) => scanner.id(name))
  texts.set(a, 'quite\nanother\n').set(b, `b${rest}`).set(c, `c${rest}`)
  await user.remove(['a'])
  await user.remove(['b'])
  await user.write(['a'], `b${rest}four\n`)
  await scanner.scan([[]])
  assert.deepEqual([scanner.paths(), scanner.id('a'), scanner.id('c')], [['a', 'c'], b, c])
  // A copy of what is still there is a new version of what it lies over.
  texts.set(b, `b${rest}four\n`)
  await user.remove(['a'])
  await user.write(['a'], `c${rest}`)
  await scanner.scan()
  assert.deepEqual([scanner.id('a'), scanner.id('c')], [b, c])
})

test('gives a node that comes back its id again', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.write(['a'], 'one')
  await scanner.scan()
  scanner.settle()
  const id = scanner.id('a')
  await user.remove(['a'])
  await scanner.scan()
  await user.write(['a'], 'two')
  assert.deepEqual((await scanner.scan()).removed, [])
  await user.remove(['a'])
  await scanner.scan()
  assert.deepEqual((await scanner.scan()).removed, [id])
  await user.write(['a'], 'three')
  await scanner.scan()
  assert.equal(scanner.id('a'), id)
})

test('renames nothing that the disk spells otherwise by itself, and renames what only changed its case', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  const traits = {
    isCaseInsensitive: true,
    isNormalizing: true,
    timeGranularityMs: 20,
    hasStableInodes: false,
  }
  const scanner = new TestScanner(disk, { traits })
  await user.write(['Ré'.normalize('NFD')], 'one')
  await scanner.scan()
  const id = scanner.id('Ré'.normalize('NFC'))
  assert.ok(id)
  assert.deepEqual((await scanner.scan()).changed, [])
  await user.move(['Ré'.normalize('NFD')], ['RÉ'.normalize('NFD')])
  await scanner.scan()
  assert.equal(scanner.id('RÉ'.normalize('NFC')), id)
})

test('a hint for a folder that is gone is one for the nearest that is there', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.makeFolder(['a'])
  await user.makeFolder(['a', 'b'])
  await scanner.scan()
  await user.remove(['a'])
  const first = await scanner.scan([
    ['a', 'b'],
    ['none', 'at', 'all'],
  ])
  assert.deepEqual(first.again, [[]])
  assert.deepEqual([...first.gone.keys()], [scanner.id('a')])
  await scanner.scan()
  assert.equal(scanner.known.size, 0)
})

test('a folder that became a file, and a file that became a folder, are other nodes', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  await user.makeFolder(['a'])
  await user.write(['b'], 'one')
  await scanner.scan()
  const ids = [scanner.id('a'), scanner.id('b')]
  await user.remove(['a'])
  await user.remove(['b'])
  await user.write(['a'], 'two')
  await user.makeFolder(['b'])
  // At once, as no two nodes may be at one place; and after a look at everything, as they may be elsewhere.
  const { removed } = await scanner.scan([[]])
  assert.deepEqual(new Set(removed), new Set(ids))
  assert.deepEqual(scanner.paths(), ['a', 'b'])
})

test('a folder that went elsewhere while another took its place keeps its id, even by a hint for half of it', async () => {
  await using folder = await openScanner()
  const { user, scanner } = folder
  for (const name of ['a', 'b', 'c']) await user.makeFolder([name])
  for (const name of ['a', 'b']) await user.makeFolder(['c', name])
  await scanner.scan()
  const [a, inner] = [scanner.id('a'), scanner.id('c/a')]
  await user.move(['a'], ['c', 'x'])
  await user.move(['c', 'a'], ['a'])
  await scanner.scan([[]])
  assert.deepEqual([scanner.id('c/x'), scanner.id('a')], [a, inner])
})
