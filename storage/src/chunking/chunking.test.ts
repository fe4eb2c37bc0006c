import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { sampleText } from '../../testing/sample-text.ts'
import { seededBytes } from '../../testing/seeded-bytes.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { chunkingV1, findCut } from './chunking.ts'
import { gearV1 } from './gear.ts'

const { minBytes, averageBytes, maxBytes } = chunkingV1

interface Vector {
  readonly seed: string
  readonly periodBytes: number
  readonly sizeBytes: number
  readonly sha256: string
  readonly lengths: readonly number[]
}

function chunkLengths(bytes: Uint8Array): number[] {
  const lengths: number[] = []
  for (let start = 0; start < bytes.length;) {
    const cut = findCut(bytes, start, bytes.length)
    lengths.push(cut - start)
    start = cut
  }
  return lengths
}

function chunkNames(bytes: Uint8Array): string[] {
  let start = 0
  return chunkLengths(bytes).map((length) =>
    hash('sha256', bytes.subarray(start, (start += length))),
  )
}

/** [CH2] word by word, without anything that makes it fast. */
function lengthByTheRule(bytes: Uint8Array): number {
  for (let n = minBytes; n < Math.min(maxBytes, bytes.length); n++) {
    let sum = 0
    for (let k = 0; k < 32; k++) sum = (sum + (gearV1[bytes[n - 1 - k]!]! << k)) | 0
    const zeroBits = Math.clz32(sum)
    if (zeroBits >= (n < averageBytes ? 20 : 16)) return n
  }
  return Math.min(maxBytes, bytes.length)
}

test('[CH2] chunks end where the rule says, read word by word', () => {
  for (const bytes of [seededBytes('rule', 3_000_000), sampleText(1_500_000)]) {
    for (let start = 0; start < bytes.length;) {
      const cut = findCut(bytes, start, bytes.length)
      assert.equal(cut - start, lengthByTheRule(bytes.subarray(start)), `from ${start}`)
      start = cut
    }
  }
})

test('[CH3] the published vectors are the chunks of version 1', async () => {
  const text = await readFile(join(import.meta.dirname, 'chunking-vectors.json'), 'utf8')
  const { version, vectors } = JSON.parse(text) as { version: number; vectors: Vector[] }
  assert.equal(version, chunkingV1.version)
  for (const { seed, periodBytes, sizeBytes, sha256, lengths } of vectors) {
    const bytes = Buffer.alloc(sizeBytes, seededBytes(seed, periodBytes))
    assert.equal(hash('sha256', bytes), sha256, `the input "${seed}"`)
    assert.deepEqual(chunkLengths(bytes), lengths, `the chunks of "${seed}"`)
  }
})

test('[CH3] the vectors reach every bound of a chunk', async () => {
  const text = await readFile(join(import.meta.dirname, 'chunking-vectors.json'), 'utf8')
  const { vectors } = JSON.parse(text) as { vectors: Vector[] }
  const found = new Set(vectors.flatMap(({ lengths }) => lengths.slice(0, -1)))
  for (const length of [minBytes, averageBytes, maxBytes]) assert.ok(found.has(length), `${length}`)
})

test('[CH4] chunks cover the content in order, with sizes within the bounds', () => {
  const random = seededRandom(4)
  for (let round = 0; round < 20; round++) {
    const size = Math.floor(random() * 4_000_000)
    const periodBytes = round % 2 === 0 ? size : 1 + Math.floor(random() ** 4 * size)
    const bytes = Buffer.alloc(size, seededBytes(`bounds ${round}`, periodBytes))
    const lengths = chunkLengths(bytes)
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      size,
    )
    const last = lengths.pop()
    assert.ok(last === undefined || (last > 0 && last <= maxBytes))
    for (const length of lengths) assert.ok(length >= minBytes && length <= maxBytes, `${length}`)
  }
})

test('[CH5] chunks of random bytes have 200 to 330 KiB on average', () => {
  const size = 64 * 1024 * 1024
  const mean = size / chunkLengths(seededBytes('mean', size)).length
  assert.ok(mean > 200 * 1024 && mean < 330 * 1024, `${mean}`)
})

test('[CH6] an edit changes the few chunks around it and no others', () => {
  const bytes = seededBytes('edited', 12_000_000)
  const before = chunkNames(bytes)
  const random = seededRandom(6)
  let changed = 0
  for (let round = 0; round < 20; round++) {
    const at = Math.floor(random() * bytes.length)
    const removed = Math.floor(random() * 2_000)
    const inserted = seededBytes(`edit ${round}`, Math.floor(random() * 2_000))
    const edited = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)])
    const after = chunkNames(edited)
    const same = before.findIndex((name, index) => name !== after[index])
    const kept = new Set(before)
    const fresh = after.filter((name) => !kept.has(name))
    assert.deepEqual(after.slice(same, same + fresh.length), fresh, 'the new ones lie together')
    assert.ok(fresh.length <= 6, `round ${round} changes ${fresh.length} of ${after.length}`)
    changed += fresh.length
  }
  assert.ok(changed <= 40, `${changed} new chunks of 20 edits`)
})

test('[CH9] a cut with more to come is that of the whole, unless it is all that there is', () => {
  const bytes = seededBytes('final', 2_000_000)
  const cut = findCut(bytes, 1000, bytes.length)
  for (const end of [1001, 1000 + minBytes, cut - 1, cut])
    assert.equal(findCut(bytes, 1000, end), end)
  for (const end of [cut + 1, 1000 + maxBytes]) assert.equal(findCut(bytes, 1000, end), cut)
  const constant = new Uint8Array(maxBytes + 2)
  assert.equal(findCut(constant, 1, 1 + maxBytes), 1 + maxBytes)
  assert.equal(findCut(constant, 1, 2 + maxBytes), 1 + maxBytes)
})

test('[CH9] a chunk of no bytes, or outside what is there, is refused', () => {
  const bytes = new Uint8Array(10)
  for (const [start, end] of [
    [0, 0],
    [5, 4],
    [-1, 5],
    [0, 11],
    [Number.NaN, 5],
  ] as const)
    assert.throws(() => findCut(bytes, start, end), RangeError)
})
