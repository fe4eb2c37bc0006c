import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { DiskError } from '../model/failures.ts'
import type { Fingerprint } from '../model/entry.ts'
import type { Disk, DiskOutcome, DiskPath } from '../ports.ts'
import type { DiskUser } from './disk-user.ts'

export interface DiskUnderTest extends AsyncDisposable {
  readonly disk: Disk
  readonly user: DiskUser
}

type Check = (title: string, run: (disk: Disk, user: DiskUser) => Promise<void>) => void

/** What every `Disk` must do, as tests named after it. `open` gives an empty one, once for each test. */
export function diskContract(name: string, open: () => Promise<DiskUnderTest>): void {
  const check: Check = (title, run) => {
    test(`${name}: ${title}`, async () => {
      await using under = await open()
      await run(under.disk, under.user)
    })
  }
  looking(check)
  reading(check)
  writing(check)
  moving(check)
  trashing(check)
}

function looking(check: Check): void {
  check('lists what is in a folder, and nothing of its own', async (disk, user) => {
    await user.makeFolder(['notes'])
    await user.write(['notes', 'a.txt'], 'a')
    await user.write(['b.txt'], 'bb')
    assert.equal(await disk.check(), 'present')
    const top = await disk.list([])
    assert.deepEqual(
      new Set(top.map(({ name, kind }) => `${kind} ${name}`)),
      new Set(['folder notes', 'file b.txt']),
    )
    assert.equal(top.find(({ name }) => name === 'b.txt')?.fingerprint.sizeBytes, 2)
    assert.deepEqual(
      (await disk.list(['notes'])).map(({ name }) => name),
      ['a.txt'],
    )
  })

  check(
    'throws for a folder that cannot be listed, and finds nothing where nothing is',
    async (disk, user) => {
      await user.write(['file'], 'x')
      await assert.rejects(disk.list(['none']), isDiskError)
      await assert.rejects(disk.list(['file']), isDiskError)
      assert.equal(await disk.look(['none']), undefined)
      assert.equal(await disk.look(['none', 'below']), undefined)
      assert.equal(await disk.look(['file', 'below']), undefined)
    },
  )

  check('says the same of a file in a list and by itself, until it changes', async (disk, user) => {
    await user.write(['a'], 'one')
    const [listed] = await disk.list([])
    assert.deepEqual(await disk.look(['a']), listed)
    await user.write(['a'], 'three')
    assert.notDeepEqual(await disk.look(['a']), listed)
  })

  check(
    'knows a folder and a file again by inode and birth where they were moved',
    async (disk, user) => {
      await user.makeFolder(['old'])
      await user.write(['old', 'a'], 'a')
      const before = [await look(disk, ['old']), await look(disk, ['old', 'a'])]
      await user.move(['old'], ['new'])
      const after = [await look(disk, ['new']), await look(disk, ['new', 'a'])]
      assert.deepEqual(after.map(identity), before.map(identity))
    },
  )
}

function reading(check: Check): void {
  check('gives the hash and the bytes of a file', async (disk, user) => {
    const text = 'häßlich\r\n'.repeat(200_000)
    await user.write(['a'], text)
    const outcome = await disk.hash(['a'])
    assert.equal(outcome.kind, 'done')
    if (outcome.kind !== 'done') return
    assert.equal(outcome.value.sha256, createHash('sha256').update(text).digest('hex'))
    assert.deepEqual(outcome.value.fingerprint, await look(disk, ['a']))
    assert.equal(await textOf(disk.read(['a'], outcome.value.fingerprint)), text)
  })

  check('reads an empty file', async (disk, user) => {
    await user.write(['a'], '')
    const outcome = await disk.hash(['a'])
    assert.ok(outcome.kind === 'done')
    assert.equal(outcome.value.sha256, createHash('sha256').digest('hex'))
    assert.equal(await textOf(disk.read(['a'], outcome.value.fingerprint)), '')
  })

  check('gives no bytes of a file that is another one than was said', async (disk, user) => {
    await user.write(['a'], 'one')
    const fingerprint = await look(disk, ['a'])
    await user.write(['a'], 'three')
    await assert.rejects(textOf(disk.read(['a'], fingerprint)), isChanged)
  })
}

function writing(check: Check): void {
  check('tells which file it is going to be before it is in its place', async (disk, user) => {
    await user.write(['a'], 'one')
    const seen: unknown[] = []
    const staged = async (fingerprint: Fingerprint) => {
      seen.push(identity(fingerprint), fingerprint.sizeBytes, await user.read(['a']))
    }
    const before = (await look(disk, ['a'])) ?? null
    const outcome = await disk.write(['a'], partsOf('three'), before, staged)
    assert.ok(outcome.kind === 'done')
    assert.deepEqual(seen, [identity(outcome.value), 5, 'one'])
  })

  check('writes a new file and tells what it is now', async (disk, user) => {
    const outcome = await disk.write(['a'], partsOf('one', 'two'), null)
    assert.deepEqual(outcome, done(await look(disk, ['a'])))
    assert.equal(await user.read(['a']), 'onetwo')
  })

  check('writes no new file over one that is there', async (disk, user) => {
    await user.write(['a'], 'mine')
    assert.deepEqual(await disk.write(['a'], partsOf('theirs'), null), changed)
    assert.equal(await user.read(['a']), 'mine')
    await user.makeFolder(['folder'])
    assert.deepEqual(await disk.write(['folder'], partsOf('theirs'), null), changed)
  })

  check('replaces the file that was seen, and no other', async (disk, user) => {
    await user.write(['a'], 'one')
    const seen = await look(disk, ['a'])
    const outcome = await disk.write(['a'], partsOf('two, longer'), seen)
    assert.deepEqual(outcome, done(await look(disk, ['a'])))
    assert.equal(await user.read(['a']), 'two, longer')
    assert.deepEqual(await disk.write(['a'], partsOf('three'), seen), changed)
    assert.equal(await user.read(['a']), 'two, longer')
  })

  check('does not replace what changed while the new content came', async (disk, user) => {
    await user.write(['a'], 'one')
    const seen = await look(disk, ['a'])
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('theirs')
      await user.write(['a'], 'mine, just now')
    }
    assert.deepEqual(await disk.write(['a'], slowly(), seen), changed)
    assert.equal(await user.read(['a']), 'mine, just now')
  })

  check('does not write over what came while the new content came', async (disk, user) => {
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('theirs')
      await user.write(['a'], 'mine, just now')
    }
    assert.deepEqual(await disk.write(['a'], slowly(), null), changed)
    assert.equal(await user.read(['a']), 'mine, just now')
  })

  check('does not bring back what was removed', async (disk, user) => {
    await user.write(['a'], 'one')
    const seen = await look(disk, ['a'])
    await user.remove(['a'])
    assert.deepEqual(await disk.write(['a'], partsOf('two'), seen), changed)
    assert.equal(await user.read(['a']), undefined)
  })

  check('leaves nothing where the new content breaks off', async (disk, user) => {
    await user.write(['a'], 'one')
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      throw new Error('the line is cut')
    }
    await assert.rejects(disk.write(['a'], broken(), await look(disk, ['a'])), /cut/)
    await assert.rejects(disk.write(['b'], broken(), null), /cut/)
    assert.equal(await user.read(['a']), 'one')
    assert.deepEqual(
      (await disk.list([])).map(({ name }) => name),
      ['a'],
    )
  })

  check('makes a folder where nothing is', async (disk, user) => {
    assert.deepEqual(await disk.makeFolder(['a']), done(await look(disk, ['a'])))
    assert.deepEqual(await disk.makeFolder(['a']), changed)
    await user.write(['b'], 'x')
    assert.deepEqual(await disk.makeFolder(['b']), changed)
    assert.deepEqual(await disk.makeFolder(['none', 'c']), changed)
    assert.deepEqual(await disk.write(['none', 'c'], partsOf('x'), null), changed)
  })
}

function moving(check: Check): void {
  check('moves a file and a folder with all that is in it', async (disk, user) => {
    await user.makeFolder(['from'])
    await user.makeFolder(['to'])
    await user.write(['from', 'a'], 'one')
    const file = await disk.move(['from', 'a'], ['from', 'b'], await look(disk, ['from', 'a']))
    assert.deepEqual(file, done(await look(disk, ['from', 'b'])))
    const folder = await disk.move(['from'], ['to', 'here'], await look(disk, ['from']))
    assert.equal(folder.kind, 'done')
    assert.equal(await user.read(['to', 'here', 'b']), 'one')
    assert.equal(await disk.look(['from']), undefined)
  })

  check('moves over nothing, and nothing that changed', async (disk, user) => {
    await user.write(['a'], 'one')
    await user.write(['b'], 'two')
    const seen = await look(disk, ['a'])
    assert.deepEqual(await disk.move(['a'], ['b'], seen), changed)
    assert.equal(await user.read(['b']), 'two')
    await user.write(['a'], 'three')
    assert.deepEqual(await disk.move(['a'], ['c'], seen), changed)
    assert.deepEqual(await disk.move(['none'], ['c'], seen), changed)
    assert.deepEqual(await disk.move(['a'], ['none', 'c'], await look(disk, ['a'])), changed)
    assert.equal(await user.read(['a']), 'three')
  })

  check('moves no folder over another one, even over an empty one', async (disk, user) => {
    for (const name of ['a', 'b']) await user.makeFolder([name])
    assert.deepEqual(await disk.move(['a'], ['b'], await look(disk, ['a'])), changed)
    assert.equal((await disk.list([])).length, 2)
  })

  check('changes only the case of a name', async (disk, user) => {
    await user.write(['readme'], 'one')
    const outcome = await disk.move(['readme'], ['README'], await look(disk, ['readme']))
    assert.equal(outcome.kind, 'done')
    assert.deepEqual(
      (await disk.list([])).map(({ name }) => name),
      ['README'],
    )
    assert.equal(await user.read(['README']), 'one')
  })
}

function trashing(check: Check): void {
  check('trashes what was seen, and no other', async (disk, user) => {
    await user.makeFolder(['folder'])
    await user.write(['folder', 'a'], 'one')
    await user.write(['b'], 'two')
    const seen = await look(disk, ['b'])
    await user.write(['b'], 'three')
    assert.deepEqual(await disk.trash(['b'], seen), changed)
    assert.deepEqual(await disk.trash(['none'], seen), changed)
    assert.equal((await disk.trash(['b'], await look(disk, ['b']))).kind, 'done')
    const folder = await look(disk, ['folder'])
    assert.equal(
      (await disk.trash(['folder', 'a'], await look(disk, ['folder', 'a']))).kind,
      'done',
    )
    assert.equal((await disk.trash(['folder'], folder)).kind, 'done')
    assert.deepEqual(await disk.list([]), [])
  })

  check(
    'trashes no folder in which there is anything but what may go with it',
    async (disk, user) => {
      await user.makeFolder(['folder'])
      const folder = await look(disk, ['folder'])
      await user.write(['folder', 'ignored'], 'one')
      await user.write(['folder', 'made just now'], 'two')
      assert.deepEqual(await disk.trash(['folder'], folder), changed)
      const alongside = new Set(['ignored'])
      assert.deepEqual(await disk.trash(['folder'], folder, alongside), changed)
      assert.equal(await user.read(['folder', 'ignored']), 'one')
      assert.equal(await user.read(['folder', 'made just now']), 'two')
      const made = ['folder', 'made just now']
      assert.equal((await disk.trash(made, await look(disk, made))).kind, 'done')
      assert.equal((await disk.trash(['folder'], folder, alongside)).kind, 'done')
      assert.deepEqual(await disk.list([]), [])
    },
  )
}

const changed: DiskOutcome<never> = { kind: 'changed' }

function done(value: Fingerprint): DiskOutcome {
  return { kind: 'done', value }
}

async function look(disk: Disk, path: DiskPath): Promise<Fingerprint> {
  const item = await disk.look(path)
  assert.ok(item, `${path.join('/')} is there`)
  return item.fingerprint
}

function identity({ inode, bornNs }: Fingerprint): string {
  return `${inode} ${bornNs}`
}

async function* partsOf(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

function isDiskError(error: unknown): boolean {
  return error instanceof DiskError
}

function isChanged(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'changed'
}
