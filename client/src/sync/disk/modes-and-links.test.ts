import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, chown, lstat, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Disk, DiskPath } from '../ports.ts'
import { openTestDisk, type TestDisk } from '../testing/open-test-disk.ts'

const changed = { kind: 'changed' }

async function seen(disk: Disk, path: DiskPath) {
  const item = await disk.look(path)
  assert.ok(item, path.join('/'))
  return item.fingerprint
}

async function* content(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const modeOf = async ({ root }: TestDisk, name: string) =>
  ((await lstat(join(root, name))).mode & 0o7777).toString(8)

test('[MD1] a new file is executable from its first moment, whatever the mask of the process', async () => {
  await using folder = await openTestDisk()
  const before = process.umask(0o177)
  try {
    const staged: (boolean | undefined)[] = []
    const outcome = await folder.disk.write(
      ['run'],
      content('#!/bin/sh\n'),
      null,
      async ({ isExecutable }) => void staged.push(isExecutable),
      true,
    )
    assert.ok(outcome.kind === 'done')
    assert.deepEqual([staged, outcome.value.isExecutable], [[true], true])
    await folder.disk.write(['data'], content('x'), null, undefined, false)
    assert.deepEqual([await modeOf(folder, 'run'), await modeOf(folder, 'data')], ['700', '600'])
  } finally {
    process.umask(before)
  }
})

test('[MD1] what is written over keeps all of its mode', async () => {
  await using folder = await openTestDisk()
  for (const mode of [0o755, 0o600, 0o711, 0o444]) {
    await writeFile(join(folder.root, 'file'), 'before')
    await chmod(join(folder.root, 'file'), mode)
    const outcome = await folder.disk.write(
      ['file'],
      content('after'),
      await seen(folder.disk, ['file']),
    )
    assert.equal(outcome.kind, 'done')
    assert.equal(await folder.user.read(['file']), 'after')
    assert.equal(await modeOf(folder, 'file'), mode.toString(8))
    await folder.user.remove(['file'])
  }
})

test('[MD1] a mode is set without a byte, as whoever may read it may run it then', async () => {
  await using folder = await openTestDisk()
  const { disk } = folder
  await writeFile(join(folder.root, 'run'), 'words')
  await chmod(join(folder.root, 'run'), 0o640)
  const before = await seen(disk, ['run'])
  const set = await disk.setExecutable(['run'], before, true)
  assert.ok(set.kind === 'done')
  assert.equal(set.value.isExecutable, true)
  assert.deepEqual(set.value, await seen(disk, ['run']))
  assert.equal(await modeOf(folder, 'run'), '750')
  assert.deepEqual(await disk.setExecutable(['run'], before, false), changed)
  const unset = await disk.setExecutable(['run'], set.value, false)
  assert.equal(unset.kind, 'done')
  assert.equal(await modeOf(folder, 'run'), '640')
  assert.equal(await folder.user.read(['run']), 'words')
})

test('[MD1] a mode is set of nothing that was not seen, and through no link', async () => {
  await using folder = await openTestDisk()
  const { disk, root } = folder
  await writeFile(join(root, 'file'), 'words')
  const before = await seen(disk, ['file'])
  await symlink('file', join(root, 'link'))
  assert.deepEqual(await disk.setExecutable(['link'], before, true), changed)
  assert.deepEqual(await disk.setExecutable(['none'], before, true), changed)
  await mkdir(join(root, 'folder'))
  assert.deepEqual(await disk.setExecutable(['folder'], before, true), changed)
  await writeFile(join(root, 'file'), 'other words')
  assert.deepEqual(await disk.setExecutable(['file'], before, true), changed)
  assert.equal(await modeOf(folder, 'file'), '644')
})

test('[LN1] a link is made, replaced by another, moved and trashed, and what it leads to is never touched', async () => {
  await using folder = await openTestDisk()
  await using elsewhere = await openTestDisk()
  const { disk, root } = folder
  await elsewhere.user.makeFolder(['kept'])
  await elsewhere.user.write(['kept', 'secret'], 'theirs')
  const made = await disk.writeLink(['link'], 'nowhere', null)
  assert.ok(made.kind === 'done')
  assert.deepEqual(await disk.look(['link']), {
    name: 'link',
    kind: 'symlink',
    fingerprint: made.value,
    target: 'nowhere',
  })
  assert.deepEqual(await disk.writeLink(['link'], 'other', null), changed)
  const target = join(elsewhere.root, 'kept')
  const replaced = await disk.writeLink(['link'], target, made.value)
  assert.ok(replaced.kind === 'done')
  assert.equal(await readlink(join(root, 'link')), target)
  assert.deepEqual(await disk.writeLink(['link'], 'other', made.value), changed)
  assert.deepEqual(await disk.write(['link'], content('x'), replaced.value), changed)
  await mkdir(join(root, 'folder'))
  const moved = await disk.move(['link'], ['folder', 'moved'], replaced.value)
  assert.ok(moved.kind === 'done')
  assert.equal(await readlink(join(root, 'folder', 'moved')), target)
  assert.deepEqual(await disk.trash(['folder', 'moved'], replaced.value), changed)
  assert.equal((await disk.trash(['folder', 'moved'], moved.value)).kind, 'done')
  assert.equal(await elsewhere.user.read(['kept', 'secret']), 'theirs')
  assert.deepEqual(await readdir(join(root, '.cloudsync/tmp')), [])
})

test('[LN1] a link never takes the place of a file, nor a file that of a link', async () => {
  await using folder = await openTestDisk()
  const { disk, root } = folder
  await writeFile(join(root, 'file'), 'words')
  assert.deepEqual(await disk.writeLink(['file'], 'x', await seen(disk, ['file'])), changed)
  assert.deepEqual(await disk.writeLink(['file'], 'x', null), changed)
  await mkdir(join(root, 'folder'))
  assert.deepEqual(await disk.writeLink(['folder'], 'x', null), changed)
  await symlink('folder', join(root, 'link'))
  assert.deepEqual(await disk.writeLink(['link', 'in'], 'x', null), changed)
  assert.deepEqual(await disk.write(['link', 'in'], content('x'), null), changed)
  assert.deepEqual(await readdir(join(root, 'folder')), [])
  assert.equal(await folder.user.read(['file']), 'words')
})

const asNobody = { skip: process.getuid?.() === 0 ? false : 'only root can give files to others' }

test(
  '[MD1] a file of somebody else keeps its mode where it cannot keep its owner',
  asNobody,
  async () => {
    await using folder = await openTestDisk()
    await writeFile(join(folder.root, 'run'), 'before')
    await chmod(join(folder.root, 'run'), 0o755)
    for (const name of [
      '',
      '.cloudsync',
      '.cloudsync/tmp',
      '.cloudsync/trash',
      '.cloudsync/link.json',
    ])
      await chown(join(folder.root, name), 65534, 65534)
    const program = `
    import { openNodeDisk } from ${JSON.stringify(new URL('open-node-disk.ts', import.meta.url).href)}
    const clock = { now: () => Date.now(), delay: async () => undefined }
    const disk = await openNodeDisk({ root: process.argv[1], linkId: 'link-of-this-test', clock })
    const { fingerprint } = await disk.look(['run'])
    async function* after() { yield Buffer.from('after') }
    process.stdout.write((await disk.write(['run'], after(), fingerprint)).kind)
  `
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', program, folder.root],
      { uid: 65534, gid: 65534, encoding: 'utf8' },
    )
    assert.equal(stdout, 'done', stderr)
    const stats = await lstat(join(folder.root, 'run'))
    assert.deepEqual([stats.uid, (stats.mode & 0o7777).toString(8)], [65534, '755'])
    assert.equal(await folder.user.read(['run']), 'after')
  },
)
