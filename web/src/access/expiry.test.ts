import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dayOf, endAhead, endOfDay, formatDay, isOver } from './expiry.ts'

suite('until when something is shared', () => {
  test('is the end of a day, where the person is', () => {
    const end = endOfDay('2026-12-03')
    assert.ok(end !== null)
    assert.equal(dayOf(new Date(end)), '2026-12-03')
    assert.equal(new Date(end).getHours(), 23)
    assert.match(formatDay(end), /2026/)
    assert.deepEqual([endOfDay(''), endOfDay('soon')], [null, null])
  })

  test('is over from that moment on, and never when there is none', () => {
    const end = '2026-12-03T10:00:00.000Z'
    assert.deepEqual(
      [-1, 0, 1].map((ms) => isOver(end, Date.parse(end) + ms)),
      [false, true, true],
    )
    assert.equal(isOver(null, Date.now()), false)
  })

  test('is kept when something is given anew, unless it is past', () => {
    const end = '2026-12-03T10:00:00.000Z'
    assert.equal(endAhead(end, Date.parse(end) - 1), end)
    assert.equal(endAhead(end, Date.parse(end)), null)
    assert.equal(endAhead(null, Date.now()), null)
  })
})
