import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { TestScanner } from '../testing/test-scanner.ts'

test('ten thousand files: nothing is read again, and a renamed folder of them is one change', async () => {
  await using folder = await openTestDisk()
  const { root, disk } = folder
  for (let f = 0; f < 100; f++) {
    const at = join(root, 'all', `folder ${f}`)
    mkdirSync(at, { recursive: true })
    for (let n = 0; n < 100; n++) writeFileSync(join(at, `file ${n}`), `${f} ${n}`)
  }
  let hashes = 0
  const scanner = new TestScanner({
    list: (path) => disk.list(path),
    look: (path) => disk.look(path),
    read: (path, expected) => disk.read(path, expected),
    hash(path) {
      hashes++
      return disk.hash(path)
    },
  })
  await scanner.scan()
  assert.deepEqual([scanner.known.size, hashes], [10_101, 10_000])
  const before = scanner.known
  await rename(join(root, 'all'), join(root, 'every'))
  const { changed, gone } = await scanner.scan()
  assert.deepEqual([changed.map(({ name }) => name), gone.size, hashes], [['every'], 0, 10_000])
  for (const [id, entry] of before)
    if (entry.kind === 'file') assert.equal(scanner.known.get(id), entry)
  const again = await scanner.scan()
  assert.deepEqual([again.changed, again.removed, hashes], [[], [], 10_000])
})
