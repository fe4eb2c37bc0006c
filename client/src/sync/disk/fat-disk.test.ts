import assert from 'node:assert/strict'
import { rename, writeFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { diskContract } from '../testing/disk-contract.ts'
import { mountFat } from '../testing/mount-image.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { TestScanner } from '../testing/test-scanner.ts'

const mounted = await mountFat()

if ('skip' in mounted) {
  test('a FAT disk', { skip: mounted.skip })
} else {
  const { directory } = mounted
  after(() => mounted[Symbol.asyncDispose]())
  diskContract('a FAT disk', () => openTestDisk(directory))

  test('a FAT disk: is known for what it is', async () => {
    await using folder = await openTestDisk(directory)
    const { timeGranularityMs, maxNameBytes: _, ...traits } = folder.disk.traits
    assert.deepEqual(traits, {
      isCaseInsensitive: true,
      hasHardLinks: false,
      hasModes: false,
      hasSymlinks: false,
      hasStableInodes: false,
      isNormalizing: false,
    })
    assert.ok(timeGranularityMs >= 1_000, `${timeGranularityMs}`)
  })

  test('a FAT disk: a change in the same two seconds as a write shows', async () => {
    await using folder = await openTestDisk(directory)
    const written = await folder.disk.write(['a'], content('theirs'), null)
    await folder.user.write(['a'], 'mine!!')
    assert.ok(written.kind === 'done')
    assert.notDeepEqual((await folder.disk.look(['a']))?.fingerprint, written.value)
  })

  test('a FAT disk: nothing is concluded from a file until its times can tell another change', async () => {
    await using folder = await openTestDisk(directory)
    const scanner = new TestScanner(folder.disk, { traits: folder.disk.traits })
    await folder.user.write(['a'], 'one')
    const { ctimeMs } = await stat(join(folder.root, 'a'))
    scanner.now = () => ctimeMs + 1_000
    const { again } = await scanner.scan()
    assert.deepEqual(again, [[]])
    scanner.now = () => ctimeMs + 5_000
    await scanner.scan(again)
    const id = scanner.id('a')
    await rename(join(folder.root, 'a'), join(folder.root, 'A'))
    await scanner.scan()
    assert.deepEqual([scanner.id('A'), scanner.paths()], [id, ['A']])
  })

  test('a FAT disk: respells a folder with all that is in it', async () => {
    await using folder = await openTestDisk(directory)
    await folder.user.makeFolder(['notes'])
    await writeFile(join(folder.root, 'notes/a'), 'one')
    const seen = await folder.disk.look(['notes'])
    assert.ok(seen)
    const outcome = await folder.disk.move(['notes'], ['Notes'], seen.fingerprint)
    assert.equal(outcome.kind, 'done')
    assert.deepEqual(
      (await folder.disk.list([])).map(({ name }) => name),
      ['Notes'],
    )
    assert.equal(await folder.user.read(['Notes', 'a']), 'one')
  })
}

async function* content(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
