import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { acquireLock } from './prepare-lock.cjs'

test('a second preparation waits for the first, and is told which process it waits for', async (t) => {
  const lock = lockPath(t)
  const order: string[] = []
  const release = await acquireLock(lock)
  const waiting = Promise.withResolvers<number>()
  const second = acquireLock(lock, waiting.resolve).then((releaseSecond) => {
    order.push('second')
    releaseSecond()
  })
  assert.equal(await waiting.promise, process.pid)
  order.push('first')
  release()
  await second
  assert.deepEqual(order, ['first', 'second'])
  assert.deepEqual(readdirSync(join(lock, '..')), [])
})

test('the lock of a process that was killed is taken over', async (t) => {
  const lock = lockPath(t)
  const holder = startHolder(lock)
  await once(holder.stdout, 'data')
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const release = await acquireLock(lock)
  release()
})

test('of many processes that find a dead owner, one at a time gets in', async (t) => {
  const lock = lockPath(t)
  const holder = startHolder(lock)
  await once(holder.stdout, 'data')
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const counter = join(lock, '..', 'counter')
  writeFileSync(counter, '0')
  const count = `
    const { readFileSync, writeFileSync } = require('node:fs')
    const { acquireLock } = require(${JSON.stringify(join(import.meta.dirname, 'prepare-lock.cjs'))})
    acquireLock(${JSON.stringify(lock)}).then(async (release) => {
      const before = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'))
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
      writeFileSync(${JSON.stringify(counter)}, String(before + 1))
      release()
    })`
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['-e', count], { stdio: 'inherit' }),
  )
  const codes = await Promise.all(
    children.map(async (child) => (await once(child, 'exit'))[0] as number),
  )
  assert.deepEqual(codes, [0, 0, 0, 0, 0, 0])
  assert.equal(readFileSync(counter, 'utf8'), '6')
})

function startHolder(lock: string) {
  const hold = `
    const { acquireLock } = require(${JSON.stringify(join(import.meta.dirname, 'prepare-lock.cjs'))})
    acquireLock(${JSON.stringify(lock)}).then(() => { console.log('held'); setInterval(() => {}, 1000) })`
  return spawn(process.execPath, ['-e', hold], { stdio: ['ignore', 'pipe', 'inherit'] })
}

function lockPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'prepare-lock-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'lock')
}
