import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Turns } from './turns.ts'

suite('turns', () => {
  test('are taken one at a time, in order, with the event loop in between', async () => {
    const turns = new Turns()
    const seen: string[] = []
    const first = turns.run('ada', () => seen.push('first'))
    const second = turns.run('ada', () => seen.push('second'))
    const loop = first.then(() => {
      // What the next round of the event loop serves comes before the second turn.
      seen.push('others')
    })
    await Promise.all([first, second, loop])
    assert.deepEqual(seen, ['first', 'others', 'second'])
  })

  test('come to people by turns, however much one of them asks for', async () => {
    const turns = new Turns()
    const seen: string[] = []
    const all = ['mallory', 'mallory', 'mallory', 'ada', 'mallory', 'grace'].map((who) =>
      turns.run(who, () => seen.push(who)),
    )
    await Promise.all(all)
    assert.deepEqual(seen, ['mallory', 'ada', 'grace', 'mallory', 'mallory', 'mallory'])
  })

  test('give a failure to whoever asked, and go on', async () => {
    const turns = new Turns()
    const failed = turns.run('ada', () => {
      throw new Error('no')
    })
    await assert.rejects(failed, /no/)
    assert.equal(await turns.run('ada', () => 1), 1)
  })

  test('of one job come before those of the next of the same person, and never in the way of others', async () => {
    const turns = new Turns()
    const seen: string[] = []
    const job = (who: string, name: string) =>
      turns.runJob(who, async () => {
        for (const piece of [1, 2]) await turns.run(who, () => seen.push(`${name} ${piece}`))
      })
    await Promise.all([job('mallory', 'm'), job('mallory', 'n'), job('ada', 'a')])
    assert.deepEqual(
      seen.filter((one) => !one.startsWith('a')),
      ['m 1', 'm 2', 'n 1', 'n 2'],
    )
    assert.ok(seen.indexOf('a 2') < seen.indexOf('n 1'), seen.join())
  })

  test('go on after a job that has failed', async () => {
    const turns = new Turns()
    const failed = turns.runJob('ada', () => Promise.reject(new Error('no')))
    const next = turns.runJob('ada', () => turns.run('ada', () => 1))
    await assert.rejects(failed, /no/)
    assert.equal(await next, 1)
  })
})
