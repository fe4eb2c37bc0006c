import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openTestDisk } from '../testing/open-test-disk.ts'

const worker = join(import.meta.dirname, '../testing/traced-disk-worker.ts')
const lasting = new Set(['write', 'fchmod', 'fsync', 'link', 'rename'])

/** What the process asked the system for, in order; what it waited for stands where that ended. */
async function callsOf(root: string, step: string): Promise<string[]> {
  await promisify(execFile)(process.execPath, [worker, step], { cwd: root })
  const { traceEvents } = JSON.parse(await readFile(join(root, 'node_trace.1.log'), 'utf8')) as {
    traceEvents: { name: string; ph: string }[]
  }
  return traceEvents
    .filter(({ ph }) => ph === 'E' || ph === 'e')
    .map(({ name }) => name.replace('fs.sync.', ''))
    .filter((name) => lasting.has(name))
}

test('a new file is on the disk before it gets its name, and the name before it is told', async () => {
  await using folder = await openTestDisk()
  assert.deepEqual(await callsOf(folder.root, 'write'), ['write', 'fsync', 'link', 'fsync'])
})

test('what a file is replaced by is on the disk before it takes its place', async () => {
  await using folder = await openTestDisk()
  await folder.user.write(['file'], 'before')
  assert.deepEqual(await callsOf(folder.root, 'write'), [
    'write',
    'fchmod',
    'fsync',
    // The file that goes keeps a second name until it is sure that it was the one that was seen.
    'link',
    'rename',
    'fsync',
  ])
})

test('a mode is on the disk before it is told', async () => {
  await using folder = await openTestDisk()
  await folder.user.write(['file'], 'before')
  assert.deepEqual(await callsOf(folder.root, 'setExecutable'), ['fchmod', 'fsync'])
})
