import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry } from '../model/entry.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { TestScanner } from '../testing/test-scanner.ts'

/** A scanner that notes down what it is told part by part, as names; what was told is known, as in the engine. */
async function openTold() {
  const { disk, user, ...rest } = await openTestDisk()
  const parts: string[][] = []
  const told = new Map<string, LocalEntry>()
  const known = new Map<NodeId, LocalEntry>()
  const scanner = new TestScanner(disk, {
    parts: {
      files: 2,
      tell(entries) {
        parts.push(entries.map(({ name }) => name).toSorted())
        for (const entry of entries) {
          told.set(entry.name, entry)
          known.set(entry.id, entry)
        }
      },
    },
  })
  // The very map that the scan is given.
  scanner.known = known
  const fill = async (folder: string, ...names: readonly string[]) => {
    await user.makeFolder([folder])
    for (const name of names) await user.write([folder, name], name)
  }
  return { ...rest, user, scanner, parts, told, fill }
}

test('of folders that came it is told part by part, each folder whole, and nothing twice', async () => {
  await using opened = await openTold()
  const { scanner, parts, told, fill } = opened
  await fill('one', 'a', 'b', 'c')
  await fill('two', 'd', 'e.db', 'e.db-wal')
  const { changed, local } = await scanner.scan()
  assert.equal(parts.length, 2)
  const files = parts.map((part) => part.filter((name) => !['one', 'two'].includes(name)))
  assert.deepEqual(new Set(files.map(String)), new Set(['a,b,c', 'd,e.db,e.db-wal']))
  assert.ok(['one', 'two'].every((name) => parts[0]?.includes(name)))
  assert.deepEqual(changed, [])
  assert.equal(local.size, 8)
  for (const entry of told.values()) assert.equal(local.get(entry.id), entry)
  assert.deepEqual((await scanner.scan()).changed, [])
})

test('where something is missing that a new file could be, all is told at once', async () => {
  await using opened = await openTold()
  const { scanner, parts, user, fill } = opened
  await user.write(['moved'], 'the same')
  await scanner.scan()
  const [before] = scanner.known.keys()
  await user.remove(['moved'])
  await fill('one', 'a', 'b', 'c')
  await user.write(['one', 'again'], 'the same')
  const { local } = await scanner.scan()
  assert.deepEqual(parts, [])
  assert.equal(before === undefined ? undefined : local.get(before)?.name, 'again')
})

test('where a log of a database is not taken up, all is told at once', async () => {
  await using opened = await openTold()
  const { scanner, parts, user, fill } = opened
  await user.write(['.cloudsyncignore'], '*-wal\n')
  await fill('one', 'a', 'b', 'c.db', 'c.db-wal')
  await scanner.scan()
  assert.deepEqual(parts, [])
})
