import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Turns } from './turns.ts'

suite('turns', () => {
  test('are taken one at a time, in order, with the event loop in between', async () => {
    const turns = new Turns()
    const seen: string[] = []
    const first = turns.run(() => seen.push('first'))
    const second = turns.run(() => seen.push('second'))
    const loop = first.then(() => {
      // What the next round of the event loop serves comes before the second turn.
      seen.push('others')
    })
    await Promise.all([first, second, loop])
    assert.deepEqual(seen, ['first', 'others', 'second'])
  })

  test('give a failure to whoever asked, and go on', async () => {
    const turns = new Turns()
    const failed = turns.run(() => {
      throw new Error('no')
    })
    await assert.rejects(failed, /no/)
    assert.equal(await turns.run(() => 1), 1)
  })
})
