import assert from 'node:assert/strict'
import { appendFile, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { boundLog, readLogSince, sizeOf } from './server-log.ts'

async function makeLog() {
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-log-'))
  return {
    path: join(directory, 'postgres.log'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

test('a log that has grown too long starts again, and the old one stays beside it', async () => {
  await using log = await makeLog()
  await using writer = await open(log.path, 'a')
  const old = 'x'.repeat(1024 * 1024 + 1)
  await writer.write(old)
  await boundLog(log.path)
  await writer.write('new')
  assert.equal(await readFile(log.path, 'utf8'), 'new')
  assert.equal(await readFile(`${log.path}.1`, 'utf8'), old)
})

test('a short log, or none, is left as it is', async () => {
  await using log = await makeLog()
  await boundLog(log.path)
  await appendFile(log.path, 'short')
  await boundLog(log.path)
  assert.equal(await readFile(log.path, 'utf8'), 'short')
})

test('what was appended since a moment is read back, at most its end', async () => {
  await using log = await makeLog()
  await appendFile(log.path, 'before\n')
  const size = await sizeOf(log.path)
  await appendFile(log.path, 'after\n')
  assert.equal(await readLogSince(log.path, size), 'after')
  await appendFile(log.path, 'y'.repeat(10_000))
  assert.equal(await readLogSince(log.path, size), 'y'.repeat(4096))
})
