import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTextLimits } from '@cloudsync/crdt'
import { DiskError } from '../model/failures.ts'
import type { DiskPath } from '../ports.ts'
import type { ScanInput } from './scan.ts'
import { ext4, openScanner, TestScanner } from '../testing/test-scanner.ts'

const rest = 'one\ntwo\nthree\n'
const other = 'quite\nanother\n'

/** Disks whose inodes say which file is which, and others, where the lines of the texts have to. */
const disks = [
  { how: 'by its inode', traits: ext4 },
  { how: 'by its lines', traits: { ...ext4, hasStableInodes: false } },
]

/** Texts that both sides know, beside an empty folder. */
async function openTexts(said: Readonly<Record<string, string>>, traits = ext4) {
  const folder = await openScanner()
  const texts = new Map<string | undefined, string>()
  /** Files that are being written. */
  const busy = new Set<string>()
  /** Files that nobody here may read. */
  const closed = new Set<string>()
  /** Files that the disk fails to read, for the moment. */
  const failing = new Set<string>()
  const disk: ScanInput['disk'] = {
    ...folder.disk,
    async hash(path) {
      const name = path.join('/')
      if (closed.has(name)) throw new DiskError('EACCES', name)
      if (failing.has(name)) throw new DiskError('EIO', name)
      return busy.has(name) ? { kind: 'changed' } : await folder.disk.hash(path)
    },
  }
  const textOf = (id: NodeId) => texts.get(id)
  const scanner = new TestScanner(disk, { textOf, isText: (id) => texts.has(id), traits })
  // A minute after anything was written.
  scanner.now = () => Date.now() + 60_000
  await folder.user.makeFolder(['there'])
  for (const [name, text] of Object.entries(said)) await folder.user.write(name.split('/'), text)
  await scanner.scan()
  scanner.settle()
  for (const [name, text] of Object.entries(said)) texts.set(scanner.id(name), text)
  /** With what has to be looked at again. */
  const look = async (folders?: readonly DiskPath[]) => {
    let { again } = await scanner.scan(folders)
    for (let more = 0; more < 3; more++) ({ again } = await scanner.scan(again))
  }
  return { ...folder, scanner, busy, closed, failing, look }
}

for (const { how, traits } of disks)
  for (const to of ['z', '0', 'there/a'])
    test(`knows a text ${how} that was moved to ${to} while another was made under its name`, async () => {
      await using folder = await openTexts({ a: `a${rest}` }, traits)
      const { user, scanner, look } = folder
      const id = scanner.id('a')
      await user.move(['a'], to.split('/'))
      await user.write(['a'], other)
      await look()
      assert.equal(scanner.id(to), id)
      assert.ok(scanner.id('a'))
      assert.equal(scanner.known.size, 3)
    })

for (const name of ['a', 'b'])
  test(`knows a text again that was moved to there/${name} and written anew, when told of its new folder only`, async () => {
    await using folder = await openTexts({ a: `a${rest}`, other })
    const { user, scanner } = folder
    const id = scanner.id('a')
    await user.remove(['a'])
    await user.write(['there', name], `${rest}more\n`)
    const { changed } = await scanner.scan([['there']])
    assert.deepEqual([changed.map((entry) => entry.id), scanner.id(`there/${name}`)], [[id], id])
  })

test('looks into no folder for a text that a new file may be, and that is there', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner } = folder
  await user.write(['there', 'a'], rest)
  const { listed } = await scanner.scan([['there']])
  assert.deepEqual(listed, [['there']])
})

for (const hints of [[['there']], [[]], [['there'], []]])
  test(`knows a moved text again whose name another has, when told of ${JSON.stringify(hints)}`, async () => {
    await using folder = await openTexts({ a: `a${rest}` })
    const { user, scanner, look } = folder
    const id = scanner.id('a')
    await user.move(['a'], ['there', 'a'])
    await user.write(['a'], other)
    await look(hints)
    await look()
    assert.deepEqual([scanner.id('there/a'), scanner.known.size], [id, 3])
  })

test('knows a text again that was moved and replaced by an editor while another was made under its name', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner, look } = folder
  const id = scanner.id('a')
  await user.remove(['a'])
  await user.write(['b'], `a${rest}four\n`)
  await user.write(['a'], other)
  await look()
  assert.deepEqual([scanner.id('b'), scanner.known.size], [id, 3])
})

for (const { how, traits } of disks)
  test(`knows two texts ${how} that were put in each other's place`, async () => {
    await using folder = await openTexts({ a: `a${rest}`, b: other }, traits)
    const { user, scanner, look } = folder
    const [a, b] = [scanner.id('a'), scanner.id('b')]
    await user.move(['a'], ['there', 'a'])
    await user.move(['b'], ['a'])
    await user.move(['there', 'a'], ['b'])
    await look()
    assert.deepEqual([scanner.id('b'), scanner.id('a'), scanner.known.size], [a, b, 3])
  })

for (const { how, traits } of disks)
  test(`knows texts ${how} that were moved on, each over the next, while another was made in the place of the first`, async () => {
    await using folder = await openTexts(
      { a: `a${rest}`, b: 'some\nmore\nlines\n', c: other },
      traits,
    )
    const { user, scanner, look } = folder
    const [a, b, c] = [scanner.id('a'), scanner.id('b'), scanner.id('c')]
    await user.remove(['c'])
    await user.move(['b'], ['c'])
    await user.move(['a'], ['b'])
    await user.write(['a'], 'new\n')
    await look()
    assert.deepEqual([scanner.id('b'), scanner.id('c')], [a, b])
    assert.ok(![a, b, c].includes(scanner.id('a')))
    assert.equal(scanner.known.size, 4)
  })

for (const to of ['there/a', 'there/z'])
  test(`knows a text again that was moved to where another was, and that one at ${to}, when told of that folder only`, async () => {
    await using folder = await openTexts({ b: `b${rest}`, 'there/m': other })
    const { user, scanner, look } = folder
    const [b, m] = [scanner.id('b'), scanner.id('there/m')]
    await user.move(['there', 'm'], to.split('/'))
    await user.move(['b'], ['there', 'm'])
    await look([['there']])
    assert.deepEqual([scanner.id('there/m'), scanner.id(to), scanner.known.size], [b, m, 3])
  })

test('a text that an editor puts aside stays where it was, whatever it says now', async () => {
  await using folder = await openTexts({ a: 'one two three four five six\n', b: `b${rest}` })
  const { user, scanner, look } = folder
  const [a, b] = [scanner.id('a'), scanner.id('b')]
  // As `sed -i.bak` does; not a line is what it was.
  await user.move(['a'], ['a.bak'])
  await user.write(['a'], 'one two three four five seven\n')
  // As editors with a backup do.
  await user.move(['b'], ['b~'])
  await user.write(['b'], other)
  await look()
  assert.deepEqual([scanner.id('a'), scanner.id('b')], [a, b])
  assert.deepEqual(scanner.paths(), ['a', 'a.bak', 'b', 'there'])
})

test('a second name of a text is not that text, whatever its file is replaced by', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner, look } = folder
  const id = scanner.id('a')
  await user.write(['b'], `a${rest}`)
  await look()
  await user.write(['c'], other)
  await user.move(['c'], ['a'])
  await look()
  assert.deepEqual([scanner.id('a'), scanner.known.size], [id, 3])
})

test('a text that is looked for while what lies in its place is being written is not known by the inode of that', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner, busy, look } = folder
  const id = scanner.id('a')
  await user.move(['a'], ['there', 'a'])
  await user.write(['a'], other)
  busy.add('a')
  await scanner.scan([[]])
  assert.equal(scanner.id('a'), id)
  await scanner.scan()
  busy.clear()
  await look()
  assert.deepEqual([scanner.id('there/a'), scanner.known.size], [id, 3])
})

test('a text in whose place there is another waits for a new one that is being written, and may be that text', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner, busy, look } = folder
  const id = scanner.id('a')
  await user.remove(['a'])
  await user.write(['b'], `a${rest}four\n`)
  await user.write(['a'], other)
  busy.add('b')
  await scanner.scan()
  await scanner.scan()
  busy.clear()
  await look()
  assert.deepEqual([scanner.id('b'), scanner.known.size], [id, 3])
})

test('a text over which another was moved waits for a new one that is being written, and may be that text', async () => {
  await using folder = await openTexts({ a: `a${rest}`, b: other })
  const { user, scanner, busy, look } = folder
  const [a, b] = [scanner.id('a'), scanner.id('b')]
  await user.remove(['a'])
  await user.write(['c'], `a${rest}four\n`)
  await user.move(['b'], ['a'])
  busy.add('c')
  await scanner.scan()
  await scanner.scan()
  busy.clear()
  await look()
  assert.deepEqual([scanner.id('c'), scanner.id('a'), scanner.known.size], [a, b, 3])
})

/** However long ago the scanner has seen last what is missing. */
async function assertNothingIsGone(scanner: TestScanner): Promise<void> {
  scanner.isPatient = false
  const { now } = scanner
  for (const afterMs of [0, 10_000, 60_000]) {
    scanner.now = () => now() + afterMs
    assert.deepEqual((await scanner.scan()).removed, [], `after ${afterMs} ms`)
  }
}

test('a missing text is not gone while it may be what is being written in the place of another', async () => {
  await using folder = await openTexts({ a: `a${rest}`, b: other })
  const { user, scanner, busy, look } = folder
  const [a, b] = [scanner.id('a'), scanner.id('b')]
  await user.move(['b'], ['there', 'b'])
  await user.remove(['a'])
  await user.write(['b'], `a${rest}four\n`)
  busy.add('b')
  await assertNothingIsGone(scanner)
  busy.clear()
  await look()
  assert.deepEqual([scanner.id('b'), scanner.id('there/b'), scanner.known.size], [a, b, 3])
})

for (const { title, why, lasting, laterMs } of [
  { title: 'is being written', why: 'busy', lasting: 'busy', laterMs: 3_600_000 },
  { title: 'the disk fails to read', why: 'failing', lasting: 'closed', laterMs: 60_000 },
] as const)
  test(`a missing text is not gone while it may be a new file that ${title}, if not for ever`, async () => {
    await using folder = await openTexts({ a: `a${rest}`, b: other })
    const { user, scanner, look } = folder
    const id = scanner.id('a')
    await user.remove(['a'])
    await user.write(['c'], `a${rest}four\n`)
    folder[why].add('c')
    await assertNothingIsGone(scanner)
    folder[why].clear()
    await look()
    assert.deepEqual([scanner.id('c'), scanner.known.size], [id, 3])
    await user.remove(['b'])
    await user.write(['d'], 'three\n')
    folder[lasting].add('d')
    const { now } = scanner
    await scanner.scan()
    scanner.now = () => now() + laterMs
    assert.equal((await scanner.scan()).removed.length, 1)
  })

test('a missing text is not gone while what it may be is refused for a moment', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner, closed, look } = folder
  const id = scanner.id('a')
  await user.remove(['a'])
  await user.write(['c'], `a${rest}four\n`)
  closed.add('c')
  scanner.isPatient = false
  for (const afterMs of [1_000, 10_000]) {
    scanner.now = () => Date.now() + afterMs
    assert.deepEqual((await scanner.scan()).removed, [])
  }
  closed.clear()
  await look()
  assert.deepEqual([scanner.id('c'), scanner.known.size], [id, 2])
})

test('knows a text again that was moved over a file of which the server has not heard', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner, look } = folder
  const id = scanner.id('a')
  await user.write(['b'], 'one and only\n')
  await scanner.scan()
  await user.move(['b'], ['there', 'b'])
  await user.move(['a'], ['b'])
  await user.move(['there', 'b'], ['a'])
  await look()
  assert.deepEqual([scanner.id('b'), scanner.known.size], [id, 3])
})

test('a text of which nothing is left where it was is still that one when it is nowhere else', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner } = folder
  const id = scanner.id('a')
  await user.write(['b'], other)
  await user.move(['b'], ['a'])
  const hinted = await scanner.scan([[]])
  assert.deepEqual([[...hinted.gone.keys()], hinted.changed], [[id], []])
  const { changed } = await scanner.scan()
  assert.deepEqual([changed.length, scanner.id('a')], [1, id])
})

for (const { title, isAnew } of [
  { title: 'moves while the folders are listed, and leaves another in its place', isAnew: false },
  { title: 'moves while the folders are listed, and is written anew', isAnew: true },
])
  test(`does not take a text for new that ${title}`, async () => {
    await using folder = await openScanner()
    const { user, disk } = folder
    const texts = new Map<string | undefined, string>()
    let displace: (() => Promise<void>) | undefined
    const list: typeof disk.list = async (path) => {
      const items = await disk.list(path)
      if (path.length === 0) await displace?.()
      displace = undefined
      return items
    }
    const textOf = (id: NodeId) => texts.get(id)
    const isText = (id: NodeId) => texts.has(id)
    const scanner = new TestScanner({ ...disk, list }, { textOf, isText })
    await user.makeFolder(['there'])
    await user.write(['a'], `a${rest}`)
    await scanner.scan()
    scanner.settle()
    const id = scanner.id('a')
    texts.set(id, `a${rest}`)
    displace = async () => {
      await user.move(['a'], ['there', 'b'])
      if (isAnew) await user.remove(['there', 'b'])
      if (isAnew) await user.write(['there', 'b'], `a${rest}more\n`)
      else await user.write(['a'], other)
    }
    const { now } = scanner
    scanner.now = () => Date.now()
    const { again } = await scanner.scan()
    scanner.now = now
    await scanner.scan(again)
    assert.deepEqual([scanner.id('there/b'), scanner.known.size], [id, isAnew ? 2 : 3])
  })

for (const { title, place } of [
  { title: 'a text that was moved away does not wait for what lies in its place', place: 'a' },
  {
    title: 'what lies in the place of a text does not wait for what it was moved to',
    place: 'there/a',
  },
])
  test(`${title}, where nobody can read that`, async () => {
    await using folder = await openTexts({ a: `a${rest}` })
    const { user, scanner, closed, look } = folder
    const id = scanner.id('a')
    await user.move(['a'], ['there', 'a'])
    await user.write(['a'], other)
    closed.add(place)
    await look()
    assert.deepEqual([scanner.id('there/a'), scanner.known.size], [id, 3])
    assert.ok(scanner.id('a'))
  })

test('a text of which nothing is left waits for nothing that is too large to be that text', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner, busy, look } = folder
  const id = scanner.id('a')
  await user.write(['large'], 'x'.repeat(openTextLimits.maxBytes + 1))
  busy.add('large')
  await user.write(['b'], other)
  await user.move(['b'], ['a'])
  await look()
  const found = scanner.known.get(id as NodeId)
  assert.equal(found?.fingerprint?.sizeBytes, other.length)
})

test('a text of which nothing is left does not wait for ever for files that are written again and again', async () => {
  await using folder = await openTexts({ a: `a${rest}` })
  const { user, scanner, busy, look } = folder
  const id = scanner.id('a')
  await user.write(['log'], 'one\n')
  busy.add('log')
  await user.write(['b'], other)
  await user.move(['b'], ['a'])
  const size = () => scanner.known.get(id as NodeId)?.fingerprint?.sizeBytes
  await look()
  assert.equal(size(), `a${rest}`.length)
  const { now } = scanner
  scanner.now = () => now() + 3_600_000
  await look()
  assert.equal(size(), other.length)
})
