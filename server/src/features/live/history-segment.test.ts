import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserId } from '@cloudsync/protocol'
import { decodeSegmentRows, encodeSegmentRows, type LogRow } from './history-segment.ts'

const ada = '01890000-0000-7000-8000-00000000000a' as UserId
const bob = '01890000-0000-7000-8000-00000000000b' as UserId

test('gives back the rows that it was given', () => {
  const rows: LogRow[] = [
    { seq: 41, authorId: ada, createdAt: new Date(1_000), payload: Uint8Array.of(1, 2) },
    { seq: 42, authorId: null, createdAt: new Date(1_000), payload: Uint8Array.of() },
    { seq: 43, authorId: bob, createdAt: new Date(5_000), payload: Uint8Array.of(3) },
    { seq: 44, authorId: ada, createdAt: new Date(5_001), payload: Uint8Array.of(4) },
  ]
  assert.deepEqual(decodeSegmentRows(encodeSegmentRows(rows)), rows)
})

test('keeps the order of rows whose clock went back', () => {
  const rows: LogRow[] = [
    { seq: 1, authorId: null, createdAt: new Date(9_000), payload: Uint8Array.of(1) },
    { seq: 2, authorId: null, createdAt: new Date(1_000), payload: Uint8Array.of(2) },
  ]
  const decoded = decodeSegmentRows(encodeSegmentRows(rows))
  assert.deepEqual(
    decoded.map((row) => [row.seq, row.createdAt.getTime()]),
    [
      [1, 9_000],
      [2, 9_000],
    ],
  )
})

test('refuses a version that it does not know', () => {
  assert.throws(() => decodeSegmentRows(Uint8Array.of(9, 0, 0, 0)), /unknown version 9/)
})
