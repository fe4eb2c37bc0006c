import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { findFreePort, isFree } from './free-port.ts'
import { SupervisedProcess } from './supervised-process.ts'

/** Prints that it lives, and lives until it is ended. */
const living = `console.log('alive'); setInterval(() => undefined, 1000)`

async function supervise(t: TestContext, program: string) {
  const directory = await mkdtemp(join(tmpdir(), 'supervised-'))
  t.after(() => rm(directory, { recursive: true }))
  const logFile = join(directory, 'log')
  await appendFile(logFile, '')
  const readLog = () => readFile(logFile, 'utf8')
  const reports = new EventEmitter()
  const supervised = new SupervisedProcess({
    name: 'It',
    command: process.execPath,
    args: ['-e', program],
    logFile,
    isReady: async () => (await readLog()).includes('alive'),
    report: (line) => reports.emit('report', line),
  })
  return { supervised, reports, readLog }
}

test('a process that dies is started again, and one that is stopped is not', async (t) => {
  const { supervised, reports } = await supervise(t, living)
  await using it = supervised
  await it.start()
  const before = it.pid
  assert.ok(before)
  const reported = once(reports, 'report')
  process.kill(before, 'SIGKILL')
  assert.deepEqual(await reported, ['It has ended (SIGKILL); it is started again'])
  await waitUntil(() => it.pid !== before)
  await it.stop()
  assert.equal(it.pid, undefined)
})

test('a process that cannot be run says why, and is not started again', async (t) => {
  const { supervised } = await supervise(t, `throw new Error('no such thing')`)
  await assert.rejects(supervised.start(), /It ended at once.*no such thing/s)
  assert.equal(supervised.pid, undefined)
})

test('what a killed process leaves behind ends with it, and holds no port', async (t) => {
  const port = await findFreePort(26_000)
  const listening = `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('alive'))`
  const { supervised } = await supervise(
    t,
    `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(listening)}], { stdio: 'inherit' })`,
  )
  await using it = supervised
  await it.start()
  assert.equal(await isFree(port), false)
  await it.kill()
  await waitUntil(() => isFree(port))
})

async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10)
}
