import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DiskError } from '../model/failures.ts'
import { mountTmpfs } from '../testing/mount-image.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { TestScanner } from '../testing/test-scanner.ts'

test('a scan concludes nothing when the folder is unmounted under it', async (t) => {
  const place = await mkdtemp(join(tmpdir(), 'cloudsync-mount-'))
  const mounted = await mountTmpfs(1024, place)
  if ('skip' in mounted) return t.skip(mounted.skip)
  const { disk, user, root } = await openTestDisk(place)
  await user.write(['a'], 'one')
  const scanner = new TestScanner(disk)
  await scanner.scan()
  await mounted[Symbol.asyncDispose]()
  // As with a folder of the mounted disk itself, where an empty one is left.
  for (const isEmptyThere of [false, true]) {
    if (isEmptyThere) await mkdir(root)
    assert.equal(await disk.check(), 'missing')
    const { unknown, removed, gone } = await scanner.scan()
    assert.deepEqual([unknown.length, removed, gone.size], [1, [], 0])
    assert.equal(scanner.known.size, 1)
    await assert.rejects(disk.look(['a']), DiskError)
  }
  await rm(place, { recursive: true })
})

test('what is mounted below comes and goes without being synced or taken for removed', async (t) => {
  await using folder = await openTestDisk()
  const { disk, user, root } = folder
  await user.makeFolder(['sub'])
  await user.write(['sub', 'a'], 'one')
  const scanner = new TestScanner(disk)
  await scanner.scan()
  const mounted = await mountTmpfs(1024, join(root, 'sub'))
  if ('skip' in mounted) return t.skip(mounted.skip)
  await user.write(['sub', 'b'], 'of the other disk')
  for (const _ of [1, 2]) {
    const { skipped, removed, gone } = await scanner.scan()
    assert.deepEqual(skipped, [{ path: ['sub'], reason: 'mount' }])
    assert.deepEqual([removed, gone.size], [[], 0])
  }
  await mounted[Symbol.asyncDispose]()
  const { changed } = await scanner.scan()
  assert.deepEqual([changed, scanner.paths()], [[], ['sub', 'sub/a']])
})
