import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../testing/fuzz.ts'
import { measureUtf8 } from './measure-utf8.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function lengthByDecoder(bytes: Uint8Array): number {
  try {
    return decoder.decode(bytes).length
  } catch {
    return -1
  }
}

test('[US11] takes every sequence of one to three bytes that a fatal decoder takes, and no other', () => {
  const bytes = new Uint8Array(3)
  for (let value = 0; value < 2 ** 24; value += 1) {
    // All lead bytes with the second and third bytes at which the rules change.
    const [first, second, third] = [value >> 16, (value >> 8) & 255, value & 255]
    if (second % 16 > 1 && second % 16 < 15) continue
    if (third % 64 > 1 && third % 64 < 63) continue
    bytes.set([first, second, third])
    for (let size = 1; size <= 3; size += 1)
      if (measureUtf8(bytes, 0, size) !== lengthByDecoder(bytes.subarray(0, size)))
        assert.fail(`differs for ${bytes.subarray(0, size).join(' ')}`)
  }
})

test('[US11] agrees with a fatal decoder about random bytes', () => {
  const likely = [
    0x00, 0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
  ]
  fuzz({ runs: 100_000, seed: 1 }, (random) => {
    const bytes = Uint8Array.from({ length: random.below(9) }, () => random.pick(likely))
    assert.equal(measureUtf8(bytes, 0, bytes.length), lengthByDecoder(bytes))
  })
})
