import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { pino } from 'pino'
import { PeriodicWork } from './periodic-work.ts'

const silent = pino({ level: 'silent' })

test('does one piece after the other, also when one fails', async () => {
  const said: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => void said.push(line) })
  await using work = new PeriodicWork(log, 'it was put off')
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  const last = Promise.withResolvers<void>()
  work.enqueue(async () => {
    await first.promise
    done.push('first')
  })
  work.enqueue(async () => {
    done.push('second')
    throw new Error('broken')
  })
  work.enqueue(async () => last.resolve())
  first.resolve()
  await last.promise
  assert.deepEqual(done, ['first', 'second'])
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /it was put off/)
})

test('ends with the piece that is under way, and drops what waits', async () => {
  const work = new PeriodicWork(silent, 'unused')
  const done: string[] = []
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  work.enqueue(async () => {
    begun.resolve()
    await goOn.promise
    done.push(work.isClosed ? 'ended after the close' : 'ended before')
  })
  work.enqueue(async () => done.push('another'))
  await begun.promise
  const closed = work[Symbol.asyncDispose]()
  goOn.resolve()
  await closed
  assert.deepEqual(done, ['ended after the close'])
})

test('comes again when its time is over, until it is closed', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  try {
    const work = new PeriodicWork(silent, 'unused')
    let rounds = 0
    work.every(1_000, async () => (rounds += 1))
    mock.timers.tick(2_000)
    const settled = Promise.withResolvers<void>()
    work.enqueue(async () => settled.resolve())
    await settled.promise
    assert.equal(rounds, 2)
    await work[Symbol.asyncDispose]()
    work.every(1_000, async () => (rounds += 1))
    mock.timers.tick(5_000)
    assert.equal(rounds, 2)
  } finally {
    mock.timers.reset()
  }
})
