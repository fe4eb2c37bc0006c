import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRanges } from './read-ranges.ts'

const kibibyte = 1024

test('ranges that lie close together take one reading, and give their own bytes only', async () => {
  const content = Buffer.alloc(1024 * kibibyte)
  for (let at = 0; at < content.byteLength; at += 4) content.writeUInt32LE(at, at)
  const range = (start: number, length: number) => ({
    start: start * kibibyte,
    end: (start + length) * kibibyte,
  })
  const ranges = [range(64, 64), range(192, 64), range(640, 64), range(0, 16)]
  const readings: [number, number][] = []
  const bytes = await readRanges(ranges, async (start, end) => {
    readings.push([start / kibibyte, end / kibibyte])
    return content.subarray(start, end)
  })
  assert.deepEqual(readings, [
    [64, 256],
    [640, 704],
    [0, 16],
  ])
  const wanted = ranges.map(({ start, end }) => content.subarray(start, end))
  assert.ok(bytes.equals(Buffer.concat(wanted)))
})

test('ranges that are few bytes far apart are never all in memory with what lies between them', async () => {
  const ranges = Array.from({ length: 256 }, (_, index) => {
    const start = index * 128 * kibibyte
    return { start, end: start + 2 }
  })
  let longest = 0
  const bytes = await readRanges(ranges, async (start, end) => {
    longest = Math.max(longest, end - start)
    return Buffer.alloc(end - start, 1)
  })
  assert.ok(longest <= 4096 * kibibyte, `${longest} bytes were read at once`)
  assert.ok(bytes.equals(Buffer.alloc(512, 1)))
  assert.ok(bytes.buffer.byteLength <= 64 * kibibyte)
})
