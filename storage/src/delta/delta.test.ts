import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { deltaOf } from '../../testing/delta-of.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { openDelta } from './apply-delta.ts'
import {
  DeltaBrokenError,
  encodeCopy,
  encodeDeltaHeader,
  encodeRaw,
  encodeZstd,
  encodeZstdWithBase,
} from './delta-format.ts'

const baseOf = (bytes: Buffer) => ({
  sizeBytes: bytes.byteLength,
  async *read(start: number, end: number) {
    assert.ok(start >= 0 && end <= bytes.byteLength)
    yield bytes.subarray(start, end)
  },
})

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}

async function apply(base: Buffer, delta: Buffer, pieceBytes = 1_000): Promise<Buffer> {
  const opened = await openDelta(inPieces(delta, pieceBytes))
  return Buffer.concat(await Array.fromAsync(opened.apply(baseOf(base))))
}

const text = (lines: number) =>
  Buffer.from(Array.from({ length: lines }, (_, index) => `line ${index} of many\n`).join(''))

test('[DL1] a delta makes the target from its base, whatever the two are', async () => {
  const random = randomBytes(3_000_000)
  const cases: [Buffer, Buffer][] = [
    [random, random],
    [Buffer.alloc(0), random],
    [Buffer.from([0, 1, 2, 255, 254]), Buffer.from([9, 0, 9])],
    [random, Buffer.from([9])],
    [random, Buffer.alloc(0)],
    [Buffer.alloc(0), Buffer.alloc(0)],
    [random, Buffer.concat([Buffer.from('x'), random])],
    [random, Buffer.concat([random.subarray(2_000_000), random.subarray(0, 1_000_000)])],
    [text(50_000), Buffer.concat([text(20_000), Buffer.from('new\n'), text(60_000)])],
    [random, text(10_000)],
    [Buffer.alloc(5_000_000), Buffer.concat([Buffer.alloc(3_000_000), random])],
  ]
  for (const [base, target] of cases) {
    const delta = await deltaOf(base, target)
    for (const pieceBytes of [7, 64 * 1024])
      assert.ok((await apply(base, delta, pieceBytes)).equals(target))
  }
})

test('[DL2] an insertion in the middle, and one at the front, cost little more than what is new', async () => {
  const base = randomBytes(20_000_000)
  const inserted = randomBytes(1_000)
  const middle = Buffer.concat([base.subarray(0, 9_999_999), inserted, base.subarray(9_999_999)])
  assert.ok((await deltaOf(base, middle)).byteLength < 2_000)
  const front = Buffer.concat([Buffer.from('x'), base])
  assert.ok((await deltaOf(base, front)).byteLength < 1_000)
  assert.ok((await deltaOf(base, base)).byteLength < 110)
})

test('[DL4] what has moved and changed a little everywhere costs little, though no chunk is the same', async () => {
  const base = randomBytes(8_000_000)
  const target = Buffer.concat([base.subarray(5_000_000), base.subarray(0, 5_000_000)])
  for (let at = 0; at < target.byteLength; at += 10_000) target[at] = (target[at] ?? 0) ^ 1
  const delta = await deltaOf(base, target)
  assert.ok(delta.byteLength < 30_000, String(delta.byteLength))
  assert.ok((await apply(base, delta)).equals(target))
})

test('[DL5] a target that repeats its base a hundred times gives a delta that is accepted', async () => {
  const base = randomBytes(1_000_000)
  const target = Buffer.concat(Array.from({ length: 100 }, () => base))
  const delta = await deltaOf(base, target)
  assert.ok((await apply(base, delta, 1_000_000)).equals(target))
})

const seed = 20_261_129
test(`[DL3] a delta that is changed or cut off never gives the target's hash by mistake (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const base = text(9_000)
  const target = Buffer.concat([base.subarray(0, 60_000), randomBytes(500), base.subarray(60_000)])
  const delta = await deltaOf(base, target)
  for (let round = 0; round < 300; round++) {
    const changed = Buffer.from(delta.subarray(0, 1 + Math.floor(random() * delta.byteLength)))
    const isCut = changed.byteLength < delta.byteLength
    const at = Math.floor(random() * changed.byteLength)
    if (!isCut || random() < 0.5)
      changed[at] = (changed[at] ?? 0) ^ (1 + Math.floor(random() * 255))
    try {
      const given = await apply(base, changed)
      assert.ok(given.byteLength <= 1_000_000)
    } catch (error) {
      assert.ok(error instanceof DeltaBrokenError, String(error))
    }
  }
})

test('[DL3] a delta that says too much, too little or something unknown is refused', async () => {
  const base = Buffer.from('0123456789')
  const header = (sizeBytes: number) =>
    encodeDeltaHeader({ base: 'a'.repeat(64) as never, target: 'b'.repeat(64) as never, sizeBytes })
  const end = Buffer.of(0)
  const first = { start: 0, end: 1 }
  const wide = { start: 0, end: 2 ** 21 }
  const broken = [
    [header(5), encodeCopy(0, 6), end],
    [header(5), encodeCopy(0, 4), end],
    [header(5), encodeCopy(8, 5), end],
    [header(5), encodeCopy(2 ** 53, 5), end],
    [header(5), encodeCopy(0, 5)],
    [header(5), encodeCopy(0, 5), end, end],
    [header(5), Buffer.of(9)],
    [header(5), encodeRaw(new Uint8Array(0)), end],
    [header(2 ** 21), encodeRaw(new Uint8Array(2 ** 20 + 1)), end],
    [header(5), encodeZstd(5, Buffer.from('no frame')), end],
    [header(5), encodeZstdWithBase(5, Buffer.from('no frame'), [{ start: 0, end: 5 }]), end],
    [header(5), encodeZstdWithBase(5, Buffer.from('x'), [{ start: 8, end: 12 }]), end],
    [header(1_100), ...Array<Uint8Array>(1_100).fill(encodeCopy(0, 1)), end],
    [header(5), encodeZstdWithBase(5, Buffer.from('x'), []), end],
    [header(5), encodeZstdWithBase(5, Buffer.from('x'), Array(257).fill(first)), end],
    [header(5), encodeZstdWithBase(5, Buffer.from('x'), Array(3).fill(wide)), end],
    [Buffer.alloc(80)],
    [Buffer.from('CSDL')],
  ]
  for (const parts of broken)
    await assert.rejects(apply(base, Buffer.concat(parts)), DeltaBrokenError)
  assert.equal(
    String(await apply(base, Buffer.concat([header(5), encodeCopy(0, 5), end]))),
    '01234',
  )
})
