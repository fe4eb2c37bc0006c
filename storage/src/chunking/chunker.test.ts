import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededBytes } from '../../testing/seeded-bytes.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { Chunker } from './chunker.ts'
import { chunkingV1, findCut } from './chunking.ts'

const { minBytes, averageBytes, maxBytes } = chunkingV1

function chunksOfWhole(bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const cut = findCut(bytes, start, bytes.length)
    chunks.push(bytes.subarray(start, cut))
    start = cut
  }
  return chunks
}

/** Pushes pieces whose memory is used again at once, as a reader with one buffer does. */
function chunksOfPieces(chunker: Chunker, bytes: Uint8Array, nextSize: () => number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const piece = Buffer.from(bytes.subarray(start, start + nextSize()))
    chunks.push(...chunker.push(piece))
    start += piece.length
    piece.fill(0xff)
  }
  const last = chunker.finish()
  return last ? [...chunks, last] : chunks
}

function assertSameChunks(actual: Uint8Array[], expected: Uint8Array[]): void {
  assert.deepEqual(
    actual.map(({ length }) => length),
    expected.map(({ length }) => length),
  )
  actual.forEach((chunk, index) => assert.equal(Buffer.compare(chunk, expected[index]!), 0))
}

test('[CH7] [CH8] pieces of one size give the chunks of the whole', () => {
  const chunker = new Chunker()
  const bytes = seededBytes('pieces', 1_200_000)
  const whole = chunksOfWhole(bytes)
  for (const size of [1, 31, 4096, minBytes - 1, minBytes, averageBytes, maxBytes, 1_200_000])
    assertSameChunks(
      chunksOfPieces(chunker, bytes, () => size),
      whole,
    )
})

test('[CH7] pieces of any sizes give the chunks of the whole, whatever the content', () => {
  const chunker = new Chunker()
  for (let round = 0; round < 40; round++) {
    const random = seededRandom(round)
    const size = Math.floor(random() * 3_000_000)
    const periodBytes = round % 3 > 0 ? size : 1 + Math.floor(random() ** 4 * size)
    const bytes = Buffer.alloc(size, seededBytes(`content ${round}`, periodBytes))
    const largest = 2 ** (4 + random() * 18)
    const pieces = chunksOfPieces(chunker, bytes, () => Math.floor(random() * largest))
    assertSameChunks(pieces, chunksOfWhole(bytes))
  }
})

test('[CH7] pieces that end around every bound of a chunk give the chunks of the whole', () => {
  const chunker = new Chunker()
  const cutAtMinimum = Buffer.alloc(400_000, seededBytes('period 65536, 2', 65536))
  const cutAtAverage = Buffer.alloc(900_000, seededBytes('period 65536', 65536))
  const cutAtMaximum = Buffer.alloc(2_300_000)
  for (const bytes of [cutAtMinimum, cutAtAverage, cutAtMaximum, seededBytes('any', 900_000)]) {
    const whole = chunksOfWhole(bytes)
    const second = whole[0]?.length ?? 0
    const bounds = [minBytes - 32, minBytes, averageBytes, maxBytes]
    for (const bound of [...bounds, ...bounds.map((length) => second + length), second])
      for (let split = bound - 2; split <= bound + 2; split++) {
        const sizes = [split]
        assertSameChunks(
          chunksOfPieces(chunker, bytes, () => sizes.pop() ?? bytes.length),
          whole,
        )
      }
  }
})

test('[CH7] no bytes, in no or in empty pieces, have no chunk', () => {
  const chunker = new Chunker()
  assert.equal(chunker.finish(), undefined)
  assert.deepEqual(chunker.push(new Uint8Array()), [])
  assert.equal(chunker.finish(), undefined)
})

test('[CH8] a chunk comes with the piece that ends it, so that less than one is held', () => {
  const chunker = new Chunker()
  const bytes = Buffer.concat([seededBytes('at once', 3_000_000), Buffer.alloc(2_500_000)])
  let held = 0
  for (let start = 0; start < bytes.length; start += 1000) {
    const piece = bytes.subarray(start, start + 1000)
    const chunks = chunker.push(piece)
    held += piece.length - chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    assert.ok(held >= 0 && held < maxBytes, `${held} bytes are held`)
    for (const chunk of chunks) assert.equal(chunk.buffer.byteLength, chunk.length)
  }
  assert.equal(chunker.finish()?.length, held)
})

test('[CH8] a chunk that its piece ends exactly is not held', () => {
  const chunker = new Chunker()
  for (let round = 0; round < 2; round++) {
    const chunks = chunker.push(new Uint8Array(maxBytes))
    assert.deepEqual(chunks, [new Uint8Array(maxBytes)])
  }
  assert.equal(chunker.finish(), undefined)
})
