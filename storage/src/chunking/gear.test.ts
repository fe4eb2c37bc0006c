import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { gearV1 } from './gear.ts'

test('[CH1] the table is the one that its rule gives', () => {
  const numbers = Array.from({ length: 256 }, (_, index) =>
    hash('sha256', `cloudsync/gear/v1/${index}`, 'buffer').readInt32BE(0),
  )
  assert.deepEqual([...gearV1], numbers)
})

test('[CH1] the table of version 1 never changes', () => {
  const table = Buffer.alloc(1024)
  gearV1.forEach((number, index) => table.writeInt32BE(number, index * 4))
  const sha256 = 'ba62b30cfa9503de03edfd084635badc35613248e3340d6c74ceb619d579a80c'
  assert.equal(hash('sha256', table), sha256)
})
