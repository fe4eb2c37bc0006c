import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openTemporaryFolder } from '../../../testing/temporary-folder.ts'
import { FileLock } from './file-lock.ts'

const holder = `
import { FileLock } from ${JSON.stringify(new URL('file-lock.ts', import.meta.url).href)}
const lock = FileLock.tryAcquire(process.argv[1])
process.stdout.write(lock ? 'held' : 'refused')
setInterval(() => lock, 1000)
`

suite('a lock of one process', () => {
  test('is had by one at a time, and by the next when it is given back', async () => {
    await using folder = await openTemporaryFolder()
    const path = join(folder.path, 'deep', 'lock')
    const first = FileLock.tryAcquire(path)
    assert.ok(first)
    assert.equal(FileLock.tryAcquire(path), undefined)
    first[Symbol.dispose]()
    using second = FileLock.tryAcquire(path)
    assert.ok(second)
  })

  test('is let go of by a process that is killed', async () => {
    await using folder = await openTemporaryFolder()
    const path = join(folder.path, 'lock')
    const child = spawn(process.execPath, ['--input-type=module', '-e', holder, path])
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    assert.equal(said.toString(), 'held')
    assert.equal(FileLock.tryAcquire(path), undefined)
    child.kill('SIGKILL')
    await once(child, 'exit')
    using lock = FileLock.tryAcquire(path)
    assert.ok(lock)
  })

  test('is waited for, as long as one wants', async () => {
    await using folder = await openTemporaryFolder()
    const path = join(folder.path, 'lock')
    const first = FileLock.tryAcquire(path)
    assert.ok(first)
    assert.equal(await FileLock.acquire(path, 0), undefined)
    const waiting = FileLock.acquire(path, 10_000)
    first[Symbol.dispose]()
    using second = await waiting
    assert.ok(second)
  })
})
