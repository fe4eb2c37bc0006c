import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '@cloudsync/crdt/testing'
import { LogCursor } from './log-cursor.ts'

test('stands where the first row is missing, in whatever order rows come', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = new Random(seed)
    const cursor = new LogCursor(7)
    const here = new Set<number>()
    for (let step = 0; step < 40; step += 1) {
      const seq = 1 + random.below(30)
      if (random.chance(0.1)) {
        cursor.advanceTo(seq)
        for (let one = 1; one <= seq; one += 1) here.add(one)
      } else {
        cursor.add(seq)
        here.add(seq)
      }
      let expected = 7
      while (here.has(expected + 1)) expected += 1
      assert.equal(cursor.seq, expected, `seed ${seed}`)
      assert.equal(cursor.hasGap, Math.max(...here) > expected, `seed ${seed}`)
      for (let one = 1; one <= 31; one += 1)
        assert.equal(cursor.has(one), one <= 7 || here.has(one), `seed ${seed}, row ${one}`)
    }
  }
})
