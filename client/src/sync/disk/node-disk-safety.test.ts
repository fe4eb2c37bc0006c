import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DiskError } from '../model/failures.ts'
import type { Disk, DiskPath } from '../ports.ts'
import { openTestDisk, realClock, testLinkId } from '../testing/open-test-disk.ts'
import { findLinkId, markLinkedFolder } from './link-mark.ts'
import { openNodeDisk } from './open-node-disk.ts'

async function fingerprint(disk: Disk, path: DiskPath) {
  const item = await disk.look(path)
  assert.ok(item)
  return item.fingerprint
}

async function* content(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function refusedAs(...codes: string[]) {
  return (error: unknown): boolean => error instanceof DiskError && codes.includes(error.code)
}

test('the folder is missing when it is unmounted, emptied, replaced by a copy, or that of another link', async () => {
  await using folder = await openTestDisk()
  const { root, disk } = folder
  const aside = `${root}-aside`
  assert.equal(await findLinkId(root), testLinkId)
  await folder.user.write(['a'], 'one')

  await rename(root, aside)
  assert.equal(await disk.check(), 'missing')
  await assert.rejects(disk.list([]), refusedAs('ENOENT'))
  await assert.rejects(disk.look(['a']), refusedAs('missing'))
  await mkdir(root)
  assert.equal(await disk.check(), 'missing')
  await assert.rejects(disk.list([]), refusedAs('missing'))
  await assert.rejects(disk.look(['a']), refusedAs('missing'))
  await assert.rejects(disk.makeFolder(['none', 'b']), refusedAs('missing'))
  await assert.rejects(disk.write(['b'], content('x'), null), refusedAs('ENOENT'))

  await cp(aside, root, { recursive: true })
  assert.equal(await disk.check(), 'missing')
  await markLinkedFolder(root, testLinkId)
  assert.equal(await disk.check(), 'present')
  await markLinkedFolder(root, 'another')
  assert.equal(await disk.check(), 'missing')
  await writeFile(join(root, '.cloudsync/link.json'), '{"linkId":')
  assert.equal(await disk.check(), 'missing')
  await rm(root, { recursive: true })
  await rename(aside, root)
  assert.equal(await disk.check(), 'present')
})

test('opens no folder that was not linked', async () => {
  const root = await mkdtemp(join(tmpdir(), 'cloudsync-disk-'))
  const options = { root, linkId: testLinkId, clock: realClock }
  await assert.rejects(openNodeDisk(options), refusedAs('missing'))
  await rm(root, { recursive: true })
})

test('leads nowhere out of the folder by links', async () => {
  await using folder = await openTestDisk()
  await using elsewhere = await openTestDisk()
  const { disk, root } = folder
  await elsewhere.user.write(['secret'], 'theirs')
  await elsewhere.user.makeFolder(['sub'])
  const seen = await fingerprint(elsewhere.disk, ['secret'])
  await symlink(elsewhere.root, join(root, 'link'))
  await symlink(join(elsewhere.root, 'secret'), join(root, 'file'))
  await folder.user.write(['mine'], 'mine')

  await assert.rejects(disk.list(['link']), refusedAs('ENOTDIR'))
  await assert.rejects(disk.list(['link', 'sub']), refusedAs('ENOTDIR'))
  assert.equal(await disk.look(['link', 'secret']), undefined)
  assert.equal((await disk.look(['file']))?.kind, 'symlink')
  await assert.rejects(disk.hash(['link', 'secret']), refusedAs('ENOTDIR'))
  await assert.rejects(disk.hash(['file']), refusedAs('ELOOP'))
  await assert.rejects(disk.read(['file'], seen)[Symbol.asyncIterator]().next(), refusedAs('ELOOP'))
  const changed = { kind: 'changed' }
  assert.deepEqual(await disk.write(['link', 'new'], content('x'), null), changed)
  assert.deepEqual(await disk.write(['link', 'secret'], content('x'), seen), changed)
  assert.deepEqual(await disk.write(['file'], content('x'), seen), changed)
  assert.deepEqual(await disk.write(['file'], content('x'), null), changed)
  assert.deepEqual(await disk.makeFolder(['link', 'new']), changed)
  assert.deepEqual(await disk.move(['link', 'secret'], ['got'], seen), changed)
  const mine = await fingerprint(disk, ['mine'])
  assert.deepEqual(await disk.move(['mine'], ['link', 'mine'], mine), changed)
  assert.deepEqual(await disk.trash(['link', 'secret'], seen), changed)
  assert.deepEqual((await readdir(elsewhere.root)).toSorted(), ['.cloudsync', 'secret', 'sub'])
  assert.equal(await elsewhere.user.read(['secret']), 'theirs')
})

/** Elsewhere there is a moment between the look and the call. */
const canAnchor = process.platform === 'linux' ? {} : { skip: 'only Linux names open folders' }

test(
  'writes nothing elsewhere while a folder is swapped for a link all the time',
  canAnchor,
  async () => {
    await using folder = await openTestDisk()
    await using elsewhere = await openTestDisk()
    const { disk, root } = folder
    await folder.user.makeFolder(['a'])
    await symlink(elsewhere.root, join(root, 'link'))
    let isDone = false
    const swapping = (async () => {
      while (!isDone) {
        await rename(join(root, 'a'), join(root, 'real'))
        await rename(join(root, 'link'), join(root, 'a'))
        await rename(join(root, 'a'), join(root, 'link'))
        await rename(join(root, 'real'), join(root, 'a'))
      }
    })()
    let written = 0
    for (let n = 0; n < 100; n++) {
      const outcome = await disk.write(['a', `file-${n}`], content('x'), null)
      if (outcome.kind === 'done') written++
    }
    isDone = true
    await swapping
    assert.deepEqual(await readdir(elsewhere.root), ['.cloudsync'])
    assert.ok((await readdir(join(root, 'a'))).length >= written)
  },
)

test('takes no path for a name, and leaves its own folder alone', async () => {
  await using folder = await openTestDisk()
  const { disk } = folder
  for (const name of ['', '.', '..', '../x', 'a/b', 'a\0b', '\ud800'])
    await assert.rejects(disk.write([name], content('x'), null), refusedAs('EINVAL'), name)
  for (const name of ['.cloudsync', '.CloudSync']) {
    await assert.rejects(disk.write([name, 'link.json'], content('x'), null), refusedAs('EACCES'))
    await assert.rejects(disk.makeFolder([name]), refusedAs('EACCES'))
  }
})

test('holds whatever names a disk may have', async () => {
  await using folder = await openTestDisk()
  const { disk, root } = folder
  const names = [
    'line\nbreak',
    '..hidden',
    '...',
    'n'.repeat(255),
    '😀'.repeat(63),
    'é'.normalize('NFD'),
    'é'.normalize('NFC'),
    'back\\slash',
    '$HOME `x` "y"',
    '-rf',
    ' ',
    '\uFFFD',
  ]
  for (const name of names) {
    assert.equal((await disk.write([name], content(name), null)).kind, 'done', name)
    assert.equal((await disk.hash([name])).kind, 'done')
  }
  // Bytes that are no text.
  execFileSync('sh', ['-c', String.raw`printf x > "$(printf 'bad\377name')"`], { cwd: root })
  const items = await disk.list([])
  const good = items.filter(({ kind }) => kind === 'file').map(({ name }) => name)
  assert.deepEqual(good.toSorted(), names.toSorted())
  const others = items.filter(({ kind }) => kind === 'other')
  assert.deepEqual(
    others.map(({ name, reason }) => [name, reason]),
    [['bad\\xffname', 'ill-formed-name']],
  )
  await assert.rejects(disk.write(['n'.repeat(256)], content('x'), null), refusedAs('ENAMETOOLONG'))
})

test('keeps mode and owner of a file that it replaces, and gives new ones what programs give', async () => {
  await using folder = await openTestDisk()
  const { disk, root, user } = folder
  await user.write(['run.sh'], '#!/bin/sh')
  await chmod(join(root, 'run.sh'), 0o751)
  await disk.write(['run.sh'], content('#!/bin/bash'), await fingerprint(disk, ['run.sh']))
  assert.equal((await stat(join(root, 'run.sh'))).mode & 0o7777, 0o751)
  await user.write(['theirs'], 'x')
  await disk.write(['new'], content('x'), null)
  assert.equal((await stat(join(root, 'new'))).mode, (await stat(join(root, 'theirs'))).mode)
})

test('a change right after a write always shows, even of the same size', async () => {
  await using folder = await openTestDisk()
  const { disk, user } = folder
  for (let n = 0; n < 50; n++) {
    const seen = await disk.look(['a'])
    const outcome = await disk.write(['a'], content('theirs'), seen?.fingerprint ?? null)
    await user.write(['a'], 'mine!!')
    assert.ok(outcome.kind === 'done')
    assert.notDeepEqual(await fingerprint(disk, ['a']), outcome.value)
  }
})

test('keeps what was trashed for a week, with where it was', async () => {
  let nowMs = Date.parse('2026-03-01T23:59:00Z')
  await using folder = await openTestDisk(tmpdir(), { clock: { ...realClock, now: () => nowMs } })
  const { disk, user, root } = folder
  await user.makeFolder(['a'])
  await user.write(['a', 'b'], 'one')
  await disk.trash(['a', 'b'], await fingerprint(disk, ['a', 'b']))
  const [name = ''] = await readdir(join(root, '.cloudsync/trash'))
  assert.match(name, /^2026-03-01-/)
  const own = join(root, '.cloudsync/trash', name)
  assert.equal(await readFile(join(own, 'item/b'), 'utf8'), 'one')
  assert.deepEqual(JSON.parse(await readFile(join(own, 'place.json'), 'utf8')), {
    path: ['a', 'b'],
  })
  nowMs += 7 * 86_400_000
  await disk.expireTrash()
  assert.equal((await readdir(join(root, '.cloudsync/trash'))).length, 1)
  nowMs += 86_400_000
  await disk.recover()
  assert.deepEqual(await readdir(join(root, '.cloudsync/trash')), [])
})

test('clears up what a process left that died', async () => {
  await using folder = await openTestDisk()
  const { disk, user, root } = folder
  const own = join(root, '.cloudsync/tmp')
  await writeFile(join(own, 'half'), 'half')
  await writeFile(join(own, 'x.replaced'), 'somebody may have written into it')
  await user.write(['a'], 'one')
  execFileSync('ln', ['a', 'b'], { cwd: root })
  await writeFile(join(own, 'y.move'), JSON.stringify({ from: ['a'], to: ['b'] }))
  await writeFile(join(own, 'z.move'), '{"from"')
  await user.write(['c'], 'other')
  await writeFile(join(own, 'w.move'), JSON.stringify({ from: ['b'], to: ['c'] }))
  await disk.recover()
  assert.deepEqual(await readdir(own), [])
  assert.deepEqual((await disk.list([])).map(({ name }) => name).toSorted(), ['b', 'c'])
  const [trashed = ''] = await readdir(join(root, '.cloudsync/trash'))
  const kept = join(root, '.cloudsync/trash', trashed, 'item/x.replaced')
  assert.match(await readFile(kept, 'utf8'), /somebody/)
})

test('does not wait for a pipe, and says what it is', async () => {
  await using folder = await openTestDisk()
  const { disk, root } = folder
  execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd: root })
  assert.equal((await disk.look(['pipe']))?.reason, 'fifo')
  assert.deepEqual(await disk.hash(['pipe']), { kind: 'changed' })
})

test('a hundred writes into one folder at a time are all there, and none leaves anything', async () => {
  await using folder = await openTestDisk()
  const { disk, root } = folder
  const names = Array.from({ length: 100 }, (_, n) => `file-${n}`)
  const outcomes = await Promise.all(names.map((name) => disk.write([name], content(name), null)))
  assert.ok(outcomes.every(({ kind }) => kind === 'done'))
  assert.equal((await disk.list([])).length, 100)
  assert.deepEqual(await readdir(join(root, '.cloudsync/tmp')), [])
  assert.equal((await lstat(join(root, 'file-7'))).nlink, 1)
})
