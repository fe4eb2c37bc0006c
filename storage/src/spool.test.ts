import assert from 'node:assert/strict'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { ensureSpoolDirectory, Spool } from './spool.ts'

test('[CS7] a spool that a dying process left with its name is removed, and none that is being made', async () => {
  const directory = join(await temporaryDirectory(), 'spool')
  await ensureSpoolDirectory(directory)
  for (const name of ['left.spool', 'young.spool']) await writeFile(join(directory, name), '')
  const hoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000)
  await utimes(join(directory, 'left.spool'), hoursAgo, hoursAgo)
  await ensureSpoolDirectory(directory)
  assert.deepEqual(await readdir(directory), ['young.spool'])
  await using spool = await Spool.open(directory)
  await spool.append(Uint8Array.of(1))
  assert.deepEqual(await readdir(directory), ['young.spool'])
})
