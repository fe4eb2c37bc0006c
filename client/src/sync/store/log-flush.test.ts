import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { DiskError } from '../model/failures.ts'
import { LogFlush } from './log-flush.ts'
import { openSyncStore } from './open-sync-store.ts'

test('the log of a database is brought to the disk, also by many at once, when it was cut, and after the end', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudsync-log-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { store } = openSyncStore(join(folder, 'sync.db'), 0)
  const write = () => store.transaction((writer) => writer.setCursor('1'))
  write()
  const first = store.flush()
  write()
  const [second, third] = [store.flush(), store.flush()]
  // What was committed while the first was under way may have come too late for it.
  assert.notEqual(first, second)
  assert.equal(second, third)
  await Promise.all([first, second, third])
  store.checkpoint()
  await store.flush()
  store[Symbol.dispose]()
  await store.flush()
})

test('a log that cannot be brought to the disk is told, and tried again by who asks next', async () => {
  const flush = new LogFlush('/dev/null/none')
  await assert.rejects(flush.flush(), DiskError)
  await assert.rejects(flush.flush(), DiskError)
})
