import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LocalEntry } from '../model/entry.ts'
import { ext4, openScanner, TestScanner } from '../testing/test-scanner.ts'

test('a node whose name the disk cannot hold keeps its name, until somebody renames it', async () => {
  await using folder = await openScanner()
  const { user, disk } = folder
  const scanner = new TestScanner(disk, { traits: { ...ext4, maxNameBytes: 12 } })
  await user.makeFolder(['short d'])
  await user.write(['short d', 'short f'], 'one')
  await scanner.scan()
  const called = (entry: LocalEntry): LocalEntry => {
    const { name } = entry
    return { ...entry, name: name.replace('short', 'much too long'), diskName: name }
  }
  scanner.known = new Map([...scanner.known].map(([id, entry]) => [id, called(entry)]))
  const names = () =>
    [...scanner.known.values()]
      .map(({ name, diskName }) => `${name} as ${diskName ?? 'it is'}`)
      .toSorted()
  const before = names()
  assert.deepEqual(before, ['much too long d as short d', 'much too long f as short f'])

  assert.deepEqual((await scanner.scan()).changed, [])
  await user.write(['short d', 'short f'], 'other words')
  assert.equal((await scanner.scan()).changed.length, 1)
  assert.deepEqual(names(), before)
  await user.move(['short d', 'short f'], ['short d', 'by hand'])
  await scanner.scan()
  assert.deepEqual(names(), ['by hand as it is', 'much too long d as short d'])
  assert.equal(scanner.known.size, 2)
  await user.move(['short d', 'by hand'], ['by hand'])
  await user.remove(['short d'])
  await scanner.scan()
  await scanner.scan()
  assert.deepEqual(scanner.paths(), ['by hand'])
})
