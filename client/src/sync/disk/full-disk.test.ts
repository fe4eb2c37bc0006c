import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DiskError } from '../model/failures.ts'
import { mountTmpfs } from '../testing/mount-image.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'

const mounted = await mountTmpfs(256)

if ('skip' in mounted) {
  test('a full disk', { skip: mounted.skip })
} else {
  after(() => mounted[Symbol.asyncDispose]())

  test('a disk that is full refuses by a code, keeps what is there and leaves nothing behind', async () => {
    await using folder = await openTestDisk(mounted.directory)
    const { disk, user, root } = folder
    await user.write(['a'], 'one')
    const seen = await disk.look(['a'])
    assert.ok(seen)
    const isFull = (error: unknown): boolean =>
      error instanceof DiskError && error.code === 'ENOSPC'
    for (const expected of [seen.fingerprint, null])
      await assert.rejects(disk.write(expected ? ['a'] : ['b'], large(), expected), isFull)
    assert.equal(await user.read(['a']), 'one')
    assert.deepEqual(await readdir(join(root, '.cloudsync/tmp')), [])
    assert.deepEqual(
      (await disk.list([])).map(({ name }) => name),
      ['a'],
    )
    assert.equal((await disk.write(['c'], small(), null)).kind, 'done')
  })
}

async function* large(): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < 64; n++) yield Buffer.alloc(8192)
}

async function* small(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('fits')
}
