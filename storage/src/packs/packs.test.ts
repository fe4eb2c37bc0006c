import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { Chunker } from '../chunking/chunker.ts'
import { seal, deriveSealKey } from '../encryption/seal.ts'
import { chunkCodecs, ChunkDamagedError, hashChunk, sealChunk, unsealChunk } from './chunk-codec.ts'
import { ChunkWorkers } from './chunk-workers.ts'
import { decodeManifestPage, encodeManifestPage } from './manifest-page.ts'
import {
  decodePackDirectory,
  decodePackHeader,
  encodePack,
  PackDamagedError,
} from './pack-format.ts'

const key = randomBytes(32)
/** The bytes of a pack. */
async function encoded(...args: Parameters<typeof encodePack>) {
  const { body, entries } = encodePack(...args)
  const bytes = Buffer.concat(await Array.fromAsync(body.open()))
  assert.equal(bytes.byteLength, body.sizeBytes)
  return { bytes, entries }
}

const sealed = (plain: Uint8Array) => sealChunk(plain, hashChunk(plain), key)
const text = Buffer.from('a line that is like the others\n'.repeat(4_000))

test('[PK1] a chunk comes back, and is compressed only where that pays', () => {
  for (const plain of [
    Buffer.alloc(0),
    Buffer.from('x'),
    text,
    randomBytes(20_000),
    randomBytes(300_000),
  ]) {
    const chunk = sealed(plain)
    assert.deepEqual(Buffer.from(unsealChunk(chunk.sealed, chunk, key)), Buffer.from(plain))
    assert.ok(chunk.sealed.byteLength <= plain.byteLength + 28)
  }
  assert.ok(sealed(text).sealed.byteLength < text.byteLength / 20)
})

test('[PK2] a changed chunk is never read', () => {
  const chunk = sealed(text)
  const changed = Uint8Array.from(chunk.sealed)
  changed[20] = (changed[20] ?? 0) ^ 1
  assert.throws(() => unsealChunk(changed, chunk, key), ChunkDamagedError)
  const others = [
    { ...chunk, hash: hashChunk(Buffer.from('another')) },
    { ...chunk, codec: chunkCodecs.raw },
    { ...chunk, plainBytes: chunk.plainBytes - 1 },
  ]
  for (const form of others)
    assert.throws(() => unsealChunk(chunk.sealed, form, key), ChunkDamagedError)
  assert.throws(() => unsealChunk(chunk.sealed, chunk, randomBytes(32)), ChunkDamagedError)
  // What somebody with the keys may have sealed: more than it says.
  const form = { hash: chunk.hash, codec: chunkCodecs.zstd, plainBytes: 100 }
  const context = Buffer.from([form.codec, 0, 0, 0, form.plainBytes])
  const own = deriveSealKey(key, `chunk:${Buffer.from(chunk.hash).toString('hex')}`)
  const bomb = seal(own, zstdCompressSync(Buffer.alloc(10_000_000)), context)
  assert.throws(() => unsealChunk(bomb, form, key), ChunkDamagedError)
})

test('[PK3] the directory of a pack tells where each chunk lies', async () => {
  const plains = [text, randomBytes(70_000), Buffer.alloc(0)]
  const pack = await encoded('one', plains.map(sealed), { id: 7, key })
  assert.equal(decodePackHeader(pack.bytes), 7)
  const entries = decodePackDirectory('one', pack.bytes, key)
  assert.equal(entries.length, 3)
  for (const [index, entry] of entries.entries()) {
    const bytes = pack.bytes.subarray(entry.start, entry.start + entry.sealedBytes)
    assert.deepEqual(Buffer.from(unsealChunk(bytes, entry, key)), Buffer.from(plains[index] ?? []))
    assert.deepEqual({ ...entry, hash: '' }, { ...pack.entries[index], hash: '' })
  }
})

test('[PK4] a pack that is not whole is noticed', async () => {
  const { bytes } = await encoded('one', [sealed(text)], { id: 7, key })
  const changed = (at: number) => {
    const copy = Uint8Array.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  for (const at of [0, 4]) assert.throws(() => decodePackHeader(changed(at)), PackDamagedError)
  assert.throws(() => decodePackHeader(bytes.subarray(0, 8)), PackDamagedError)
  const end = bytes.byteLength
  for (const pack of [
    changed(end - 1),
    changed(end - 8),
    changed(end - 20),
    bytes.subarray(0, end - 1),
  ])
    assert.throws(() => decodePackDirectory('one', pack, key), PackDamagedError)
  assert.throws(() => decodePackDirectory('another', bytes, key), PackDamagedError)
  assert.throws(() => decodePackDirectory('one', new Uint8Array(), key), PackDamagedError)
})

test('[PK3] a page of a manifest names its chunks in order', () => {
  const entries = [text, randomBytes(10)].map((plain) => ({
    hash: hashChunk(plain),
    plainBytes: plain.byteLength,
  }))
  const page = decodeManifestPage(encodeManifestPage(entries))
  assert.deepEqual(
    page.map(({ hash, plainBytes }) => [Buffer.from(hash).toString('hex'), plainBytes]),
    entries.map(({ hash, plainBytes }) => [Buffer.from(hash).toString('hex'), plainBytes]),
  )
})

test('[PK5] threads cut and seal a stream, and open it again, with room before its bytes or without', async () => {
  await using workers = new ChunkWorkers(2)
  const contents = [randomBytes(3_000_000), text, Buffer.alloc(5_000_000)]
  const ways = contents.flatMap((content) =>
    [true, false].flatMap((hasRoom) =>
      [700_001, 90_000].map((pieceBytes) => ({ content, hasRoom, pieceBytes })),
    ),
  )
  await Promise.all(
    ways.map(async ({ content, hasRoom, pieceBytes }) => {
      await using stream = workers.openStream({ hashesWhole: true })
      const whole: Uint8Array[] = []
      const sizes: number[] = []
      for (let at = 0; at < content.byteLength; at += pieceBytes) {
        const piece = content.subarray(at, at + pieceBytes)
        const room = hasRoom ? stream.takeBuffer(pieceBytes) : new Uint8Array(piece.byteLength)
        room.set(piece)
        const bytes = room.subarray(0, piece.byteLength)
        const scanned = await stream.scan(bytes, at + pieceBytes >= content.byteLength)
        using part = await scanned.seal([...scanned.chunks.keys()], key)
        const parts = part.chunks
        const sealedBytes = Uint8Array.from(Buffer.concat(parts.map((part) => part.sealed)))
        const forms = parts.map((part) => ({
          ...part,
          sealedBytes: part.sealed.byteLength,
          dataKey: key,
        }))
        whole.push(await workers.unseal(sealedBytes, forms))
        sizes.push(...parts.map((part) => part.plainBytes))
      }
      assert.ok(Buffer.concat(whole).equals(content))
      assert.equal(await stream.whole(), createHash('sha256').update(content).digest('hex'))
      assert.deepEqual(sizes, chunkSizesOf(content))
    }),
  )
})

function chunkSizesOf(content: Uint8Array): number[] {
  const chunker = new Chunker()
  const last = (chunks: Uint8Array[]) => [...chunks, chunker.finish() ?? new Uint8Array()]
  return last(chunker.push(content))
    .map((chunk) => chunk.byteLength)
    .filter((size) => size > 0)
}

test('[PK5] what scans have found is there until it is sealed, in whatever order and by whatever thread', async () => {
  await using workers = new ChunkWorkers(2)
  await using stream = workers.openStream({ hashesWhole: false })
  const content = randomBytes(9_000_000)
  const scanned = await Promise.all(
    [0, 3_000_000, 6_000_000].map((from) => {
      const room = stream.takeBuffer(3_000_000)
      room.set(content.subarray(from, from + 3_000_000))
      return stream.scan(room, from === 6_000_000)
    }),
  )
  const parts = await Promise.all(
    scanned.toReversed().map(({ chunks, seal }) => seal([...chunks.keys()], key)),
  )
  const plain = parts
    .toReversed()
    .flatMap(({ chunks }) => chunks.map((chunk) => unsealChunk(chunk.sealed, chunk, key)))
  assert.ok(Buffer.concat(plain).equals(content))
  // Their room is used again, and what was in it before is in nobody's way.
  for (const part of parts) part[Symbol.dispose]()
  const more = await stream.scan(Uint8Array.of(1, 2, 3), true)
  using sealedMore = await more.seal([0], key)
  const [chunk] = sealedMore.chunks
  assert.deepEqual([...unsealChunk(chunk!.sealed, chunk!, key)], [1, 2, 3])
})

test('[PK5] what is sealed when nobody waits for its stream any more is sealed all the same', async () => {
  await using workers = new ChunkWorkers(1)
  const stream = workers.openStream({ hashesWhole: false })
  const first = await stream.scan(Uint8Array.of(1), true)
  // Its room would be used again.
  const part = await first.seal([0], key)
  part[Symbol.dispose]()
  const second = await stream.scan(Uint8Array.of(1, 2, 3), true)
  await stream[Symbol.asyncDispose]()
  using late = await second.seal([0], key)
  const [chunk] = late.chunks
  assert.deepEqual([...unsealChunk(chunk!.sealed, chunk!, key)], [1, 2, 3])
})

test('[PK5] what a scan has left over is there while the next one runs, and no longer', async () => {
  await using workers = new ChunkWorkers(1)
  await using stream = workers.openStream({ hashesWhole: false })
  const content = randomBytes(120_000)
  const pieces = [0, 20_000, 40_000].map((from) =>
    stream.scan(Uint8Array.from(content.subarray(from, from + 20_000)), false),
  )
  const [first, second, third] = await Promise.all(pieces)
  assert.ok(Buffer.from(await third!.rest()).equals(content.subarray(0, 60_000)))
  assert.ok(Buffer.from(await second!.rest()).equals(content.subarray(0, 40_000)))
  await assert.rejects(first!.rest(), /no such scan/)
})

test('[PK6] a failure in a thread is that of its call alone', async () => {
  await using workers = new ChunkWorkers(1)
  const chunk = sealed(text)
  const part = { ...chunk, sealedBytes: chunk.sealed.byteLength, dataKey: key }
  const changed = Uint8Array.from(chunk.sealed)
  changed[30] = (changed[30] ?? 0) ^ 1
  await assert.rejects(workers.unseal(changed, [part]), ChunkDamagedError)
  await using stream = workers.openStream({ hashesWhole: true })
  const scanned = await stream.scan(Uint8Array.of(1, 2, 3), true)
  await assert.rejects(scanned.seal([3], key))
  const plain = await workers.unseal(Uint8Array.from(chunk.sealed), [part])
  assert.ok(Buffer.from(plain).equals(text))
})
