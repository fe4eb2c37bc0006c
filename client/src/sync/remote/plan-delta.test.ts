import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import { Random } from '@cloudsync/crdt/testing'
import { openDelta } from '@cloudsync/storage/delta'
import { averageBitsFor, FineChunker, FineChunks } from './fine-chunks.ts'
import { encodeDelta, planDelta } from './plan-delta.ts'
import { SequentialSource } from './sequential-source.ts'

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)))
}

/** In pieces of any sizes. */
function chunksOf(bytes: Uint8Array, random: Random, averageBits = 10): FineChunks {
  const chunker = new FineChunker(averageBits)
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + random.below(20_000))
    chunker.push(bytes.subarray(at, end))
    at = end
  }
  const decoded = FineChunks.decode(chunker.finish().encode())
  assert.ok(decoded)
  return decoded
}

async function* once(bytes: Uint8Array) {
  yield bytes
}

function sourceOf(bytes: Uint8Array): SequentialSource {
  return new SequentialSource({ [Symbol.asyncIterator]: () => once(bytes) }, bytes.length)
}

/** What a reader makes of the delta, and how long it is. */
async function carry(base: Buffer, target: Buffer, random: Random) {
  const plan = planDelta(chunksOf(base, random), chunksOf(target, random))
  assert.ok(plan)
  const names = { base: sha256Of(base), target: sha256Of(target), sizeBytes: target.length }
  const delta = Buffer.concat(await Array.fromAsync(encodeDelta(plan, names, sourceOf(target))))
  const opened = await openDelta(once(delta))
  const made = opened.apply({
    sizeBytes: base.length,
    async *read(start, end) {
      yield base.subarray(start, end)
    },
  })
  return { made: Buffer.concat(await Array.fromAsync(made)), deltaBytes: delta.length, plan }
}

suite('fine chunks', () => {
  test('are the same however the content comes', () => {
    const random = new Random(1)
    const bytes = noise(random, 200_000)
    const [one, other] = [chunksOf(bytes, random).encode(), chunksOf(bytes, random).encode()]
    assert.deepEqual(one, other)
    const chunks = chunksOf(bytes, random)
    let total = 0
    for (let index = 0; index < chunks.count; index++) total += chunks.lengthOf(index)
    assert.equal(total, bytes.length)
    assert.ok(chunks.count > 100 && chunks.count < 400, `${chunks.count}`)
  })

  test('become larger with the content, so that there are never too many', () => {
    assert.equal(averageBitsFor(0), 10)
    assert.equal(averageBitsFor(256 * 1024 ** 2), 10)
    assert.equal(averageBitsFor(1024 ** 3), 12)
    assert.equal(averageBitsFor(1024 ** 4), 20)
  })

  test('of a form that nobody knows are none', () => {
    assert.equal(FineChunks.decode(Uint8Array.of(2, 10)), undefined)
    assert.equal(FineChunks.decode(Uint8Array.of(1, 10, 0)), undefined)
    assert.equal(FineChunks.decode(new Uint8Array()), undefined)
  })
})

suite('a delta without the old bytes', () => {
  test('makes the new content, whatever was done to the old', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed)
      let target = noise(random, random.below(60_000))
      const base = target
      for (let edits = random.below(6); edits > 0; edits--) {
        const [from, to, at] = [0, 0, 0]
          .map(() => random.below(target.length + 1))
          .toSorted((one, other) => one - other) as [number, number, number]
        const cases = [
          () => [
            target.subarray(0, from),
            noise(random, random.below(2000)),
            target.subarray(from),
          ],
          () => [target.subarray(0, from), target.subarray(to)],
          () => [target.subarray(from, to), target.subarray(0, from), target.subarray(to)],
          () => [target, target.subarray(from, at)],
        ]
        target = Buffer.concat(random.pick(cases)())
      }
      const { made } = await carry(base, target, random)
      assert.ok(made.equals(target), `seed ${seed}`)
    }
  })

  test('of an insertion is little longer than that', async () => {
    const random = new Random(3)
    const base = noise(random, 400_000)
    const lengths: number[] = []
    for (let at = 20_000; at < 400_000; at += 20_000) {
      const target = Buffer.concat([base.subarray(0, at), noise(random, 1000), base.subarray(at)])
      lengths.push((await carry(base, target, random)).deltaBytes)
    }
    const median = lengths.toSorted((one, other) => one - other)[Math.floor(lengths.length / 2)]
    assert.ok(median !== undefined && median < 5_000, `${median}`)
  })

  test('of the same bytes again and again is few steps', async () => {
    const random = new Random(4)
    const base = Buffer.alloc(500_000, 7)
    const { deltaBytes } = await carry(
      base,
      Buffer.concat([base, Buffer.alloc(100_000, 7)]),
      random,
    )
    assert.ok(deltaBytes < 1_000, `${deltaBytes}`)
  })
})
