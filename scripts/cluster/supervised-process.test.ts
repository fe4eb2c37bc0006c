import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { SupervisedProcess } from './supervised-process.ts'

/** Prints that it lives, and lives until it is ended. */
const living = `console.log('alive'); setInterval(() => undefined, 1000)`

async function supervise(t: TestContext, program: string) {
  const directory = await mkdtemp(join(tmpdir(), 'supervised-'))
  t.after(() => rm(directory, { recursive: true }))
  const logFile = join(directory, 'log')
  await appendFile(logFile, '')
  const reports = new EventEmitter()
  const supervised = new SupervisedProcess({
    name: 'It',
    command: process.execPath,
    args: ['-e', program],
    logFile,
    isReady: async () => (await readFile(logFile, 'utf8')).includes('alive'),
    report: (line) => reports.emit('report', line),
  })
  return { supervised, reports }
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
  while (it.pid === before) await new Promise((resolve) => setTimeout(resolve, 10))
  await it.stop()
  assert.equal(it.pid, undefined)
})

test('a process that cannot be run says why, and is not started again', async (t) => {
  const { supervised } = await supervise(t, `throw new Error('no such thing')`)
  await assert.rejects(supervised.start(), /It ended at once.*no such thing/s)
  assert.equal(supervised.pid, undefined)
})
