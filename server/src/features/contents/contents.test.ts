import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import {
  BlobRangeError,
  MeteredBlobStore,
  openBlobStore,
  sha256Of,
  type BlobKey,
  type BlobStore,
  type Sha256,
} from '@cloudsync/storage'
import { sql } from 'kysely'
import { ContentNotFoundError, CorruptContentError } from './content-errors.ts'
import { scrub } from './collector/scrubber.ts'
import { readContentStats } from './content-stats.ts'
import { migrateStore } from './migrate-store.ts'
import { openTestContents, type TestContents } from './testing/open-test-contents.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes)
    yield bytes.subarray(at, at + pieceBytes)
}

async function readAll({ contents }: TestContents, sha256: Sha256, start?: number, end?: number) {
  const range = start === undefined ? undefined : { start, end: end ?? start }
  const { body, sizeBytes } = await contents.open(sha256, range)
  const bytes = Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>))
  assert.equal(bytes.byteLength, sizeBytes)
  return bytes
}

async function listKeys(store: BlobStore): Promise<BlobKey[]> {
  return (await store.list()).items.map((item) => item.key)
}

async function storedBytesOf({ store }: TestContents): Promise<number> {
  return (await store.list()).items.reduce((sum, item) => sum + item.sizeBytes, 0)
}

const someText = (bytes: number) =>
  Buffer.from('a line that is like the others\n'.repeat(bytes / 31))

test('a content of any size comes back as it was put, as bytes and as a stream', async () => {
  await using server = await openTestContents()
  const sizes = [0, 1, 64 * 1024, 64 * 1024 + 1, 4 * 1024 * 1024, 9_000_001]
  for (const size of sizes)
    for (const content of [randomBytes(size), someText(size)]) {
      const put = await server.contents.put(content)
      assert.equal(put.sha256, await sha256Of(content))
      assert.equal(put.sizeBytes, content.byteLength)
      assert.ok((await readAll(server, put.sha256)).equals(content))
      await using fresh = await openTestContents()
      const streamed = await fresh.contents.putStream(inPieces(content, 50_001))
      assert.deepEqual(streamed.sha256, put.sha256)
      assert.deepEqual(Buffer.from(await fresh.contents.get(put.sha256)), content)
    }
})

test('a range is exactly its bytes', async () => {
  await using server = await openTestContents()
  const content = randomBytes(6_000_000)
  const { sha256 } = await server.contents.putStream(inPieces(content, 100_000))
  const random = seededRandom(20_261_126)
  const ranges = [
    [0, 1],
    [0, content.byteLength],
    [content.byteLength - 1, content.byteLength],
    ...Array.from({ length: 20 }, () => {
      const start = Math.floor(random() * content.byteLength)
      return [start, start + 1 + Math.floor(random() * (content.byteLength - start))]
    }),
  ]
  for (const [start = 0, end = 0] of ranges)
    assert.ok((await readAll(server, sha256, start, end)).equals(content.subarray(start, end)))
  for (const [start, end] of [
    [0, 0],
    [5, 4],
    [-1, 4],
    [0, content.byteLength + 1],
  ] as const)
    await assert.rejects(server.contents.open(sha256, { start, end }), BlobRangeError)
})

test('a range of a large content reads little more than it gives', async () => {
  let readBytes = 0
  await using memory = await openBlobStore({ kind: 'memory' })
  const store = new MeteredBlobStore(memory, {
    record: (call) => {
      if (call.operation === 'range') readBytes += call.sizeBytes
    },
  })
  await using server = await openTestContents(store)
  const content = randomBytes(20_000_000)
  const { sha256 } = await server.contents.putStream(inPieces(content, 1_000_000))
  readBytes = 0
  await readAll(server, sha256, 11_000_000, 11_000_010)
  assert.ok(readBytes > 0 && readBytes < 1_100_000, String(readBytes))
})

test('the same bytes are stored once, in one content, in two, and from two uploads at once', async () => {
  await using server = await openTestContents()
  const content = randomBytes(5_000_000)
  const [one, other] = await Promise.all([
    server.contents.putStream(inPieces(content, 70_000)),
    server.contents.putStream(inPieces(content, 1_000_000)),
  ])
  assert.equal(one.sha256, other.sha256)
  assert.ok((await storedBytesOf(server)) < 5_100_000)
  const longer = Buffer.concat([content, randomBytes(1_000)])
  const { storedBytes } = await server.contents.putStream(inPieces(longer, 70_000))
  assert.ok(storedBytes < 1_100_000, String(storedBytes))
  const empty = new Uint8Array(30_000_000)
  const zeros = await server.contents.putStream(inPieces(empty, 1_000_000))
  assert.ok(zeros.storedBytes < 10_000)
  assert.deepEqual(
    await readAll(server, zeros.sha256, 29_000_000, 30_000_000),
    Buffer.alloc(1_000_000),
  )
})

test('small contents that come together share a pack', async () => {
  await using server = await openTestContents()
  const contents = Array.from({ length: 300 }, () => randomBytes(4_096))
  const put = await Promise.all(contents.map((content) => server.contents.put(content)))
  for (const [index, { sha256 }] of put.entries())
    assert.ok((await readAll(server, sha256)).equals(contents[index] ?? Buffer.alloc(0)))
  assert.ok((await listKeys(server.store)).length < 30)
})

test('a content of more pages than one comes back, and so does any part of it', async () => {
  await using server = await openTestContents()
  const block = randomBytes(20_000_000)
  const stride = block.byteLength + 8
  async function* source() {
    for (let index = 0; index < 20; index++) {
      yield Buffer.from(String(index).padStart(8, '0'))
      yield block
    }
  }
  const { sha256, sizeBytes } = await server.contents.putStream(source())
  const { rows } = await server.db.pool.query('SELECT FROM manifest_pages')
  assert.ok(rows.length > 1, String(rows.length))
  assert.equal(sizeBytes, 20 * stride)
  for (const index of [0, 13, 19]) {
    const part = await readAll(server, sha256, index * stride, index * stride + 8)
    assert.equal(part.toString(), String(index).padStart(8, '0'))
  }
  const { body } = await server.contents.open(sha256)
  let at = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) at += chunk.byteLength
  assert.equal(at, sizeBytes)
  server.clock.advance(2 * hourMs)
  assert.equal((await server.collect()).contents, 1)
  const left = await server.db.pool.query('SELECT FROM chunks WHERE refs > 0')
  assert.equal(left.rows.length, 0)
})

test('a source that fails, or is refused when it is known, leaves no content', async () => {
  await using server = await openTestContents()
  const content = randomBytes(3_000_000)
  async function* failing() {
    yield content
    throw new Error('the line was cut')
  }
  await assert.rejects(server.contents.putStream(failing()), /the line was cut/)
  const verify = () => {
    throw new Error('another was announced')
  }
  await assert.rejects(server.contents.putStream(inPieces(content, 9_999), { verify }), /announced/)
  await assert.rejects(server.contents.put(content.subarray(0, 10), { verify }), /announced/)
  const abort = AbortSignal.abort(new Error('no more'))
  await assert.rejects(
    server.contents.putStream(inPieces(content, 9_999), { signal: abort }),
    /no more/,
  )
  await assert.rejects(server.contents.get(await sha256Of(content)), ContentNotFoundError)
  const { rows } = await server.db.pool.query('SELECT FROM contents')
  assert.equal(rows.length, 0)
})

test('nothing of a content can be read in the store', async () => {
  await using server = await openTestContents()
  const secret = Buffer.from('the secret that nobody else may read, ')
  const { sha256 } = await server.contents.put(Buffer.concat(Array(2_000).fill(secret)))
  for (const key of await listKeys(server.store)) {
    const { body } = await server.store.get(key)
    const bytes = Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>))
    assert.equal(bytes.includes('secret'), false)
    assert.equal(bytes.includes(Buffer.from(sha256, 'hex')), false)
  }
})

/** Changes one byte of an object, where the store has it. */
async function damage(store: BlobStore, key: BlobKey, at: number): Promise<void> {
  const { body } = await store.get(key)
  const bytes = Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>))
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await store.put(key, bytes)
}

test('a damaged chunk is named and never read as the content, and is stored anew by the next put', async () => {
  await using server = await openTestContents()
  for (const size of [10_000, 3_000_000]) {
    const content = randomBytes(size)
    const before = new Set(await listKeys(server.store))
    const { sha256 } = await server.contents.put(content)
    const [key] = (await listKeys(server.store)).filter((one) => !before.has(one))
    assert.ok(key)
    await damage(server.store, key, size / 2)
    await assert.rejects(readAll(server, sha256), CorruptContentError)
    await assert.rejects(server.contents.get(sha256), CorruptContentError)
    const { storedBytes } = await server.contents.put(content)
    assert.ok(storedBytes > 0)
    assert.ok((await readAll(server, sha256)).equals(content))
  }
})

test('a manifest that names the chunks in another order is never read as the content', async () => {
  await using server = await openTestContents()
  const { sha256 } = await server.contents.put(randomBytes(3_000_000))
  const { rows } = await server.db.pool.query<{ entries: Buffer }>(
    'SELECT entries FROM manifest_pages',
  )
  const entries = rows[0]?.entries ?? Buffer.alloc(0)
  const swapped = Buffer.concat([
    entries.subarray(36, 72),
    entries.subarray(0, 36),
    entries.subarray(72),
  ])
  await server.db.pool.query('UPDATE manifest_pages SET entries = $1', [swapped])
  const { body, sizeBytes } = await server.contents.open(sha256)
  let seenBytes = 0
  const read = async () => {
    for await (const chunk of body as AsyncIterable<Uint8Array>) seenBytes += chunk.byteLength
  }
  await assert.rejects(read(), CorruptContentError)
  assert.ok(seenBytes < sizeBytes, 'whoever counts the bytes notices it too')
})

test('a pack that is gone is damage too', async () => {
  await using server = await openTestContents()
  const content = randomBytes(2_000_000)
  const { sha256 } = await server.contents.put(content)
  for (const key of await listKeys(server.store)) await server.store.delete(key)
  await assert.rejects(readAll(server, sha256), CorruptContentError)
  await assert.rejects(readAll(server, sha256), CorruptContentError)
  await server.contents.put(content)
  assert.ok((await readAll(server, sha256)).equals(content))
})

test('a store that fails fails the put, and what follows is stored', async () => {
  await using memory = await openBlobStore({ kind: 'memory' })
  const faults = { isBroken: false }
  const store = new Proxy(memory, {
    get(target, key) {
      if (key === 'put' && faults.isBroken)
        return () => Promise.reject(new Error('the store is away'))
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  await using server = await openTestContents(store)
  const contents = [randomBytes(3_000), randomBytes(9_000_000)]
  faults.isBroken = true
  for (const content of contents)
    await assert.rejects(server.contents.put(content), /the store is away/)
  faults.isBroken = false
  for (const content of contents) {
    const { sha256 } = await server.contents.put(content)
    assert.ok((await readAll(server, sha256)).equals(content))
  }
})

test('what nothing names is collected when its lease has ended, and its bytes after the backup window', async () => {
  await using server = await openTestContents()
  const kept = randomBytes(40_000)
  const large = randomBytes(5_000_000)
  for (const content of [kept, large]) await server.contents.put(content)
  assert.deepEqual(await server.collect(), { contents: 0, chunks: 0, packs: 0 })
  server.clock.advance(hourMs + 1)
  // Put again, it is leased again.
  await server.contents.put(kept)
  assert.equal((await server.collect()).contents, 1)
  await assert.rejects(server.contents.get(await sha256Of(large)), ContentNotFoundError)
  assert.deepEqual(Buffer.from(await server.contents.get(await sha256Of(kept))), kept)
  for (let round = 0; round < 3; round++) {
    server.clock.advance(hourMs + 1)
    await server.contents.put(kept)
    await server.collect()
  }
  assert.ok((await storedBytesOf(server)) > 5_000_000, 'the backup window')
  server.clock.advance(8 * dayMs)
  await server.contents.put(kept)
  await server.collect()
  await server.collect()
  assert.ok((await storedBytesOf(server)) < 100_000)
  const { rows } = await server.db.pool.query('SELECT FROM manifest_pages')
  assert.equal(rows.length, 0)
})

test('what is alive in a sparse pack moves to another, and is read from there', async () => {
  await using server = await openTestContents()
  const contents = Array.from({ length: 40 }, () => randomBytes(20_000))
  const put = await Promise.all(contents.map((content) => server.contents.put(content)))
  server.clock.advance(2 * dayMs)
  const kept = put.slice(0, 4).map(({ sha256 }) => sha256)
  await sql`UPDATE contents SET leased_until = ${new Date(server.clock.now().getTime() + 60 * dayMs)}
    WHERE encode(sha256, 'hex') = ANY(${kept})`.execute(server.db.kysely)
  await server.collect()
  server.clock.advance(2 * hourMs)
  await server.collect()
  const before = await listKeys(server.store)
  for (let round = 0; round < 2; round++) {
    server.clock.advance(8 * dayMs)
    await server.collect()
  }
  const after = await listKeys(server.store)
  assert.ok(before.every((key) => !after.includes(key)) || after.length < before.length)
  assert.ok((await storedBytesOf(server)) < 4 * 21_000 + 1_000)
  for (const [index, sha256] of kept.entries())
    assert.ok((await readAll(server, sha256)).equals(contents[index] ?? Buffer.alloc(0)))
})

test('an object that is no pack of the index is deleted when the backup window is over', async () => {
  await using server = await openTestContents()
  await using another = await openTestContents()
  await another.contents.put(randomBytes(10_000))
  const [key] = await listKeys(another.store)
  assert.ok(key)
  await server.store.put(key, randomBytes(10))
  await server.collect()
  assert.deepEqual(await listKeys(server.store), [key])
  server.clock.advance(Date.now() - server.clock.now().getTime() + 8 * dayMs)
  await server.collect()
  assert.deepEqual(await listKeys(server.store), [])
})

test('a scrub reads every pack, and names what is damaged and whose it is', async () => {
  await using server = await openTestContents()
  const contents = [randomBytes(10_000), randomBytes(3_000_000), randomBytes(20_000)]
  for (const content of contents) await server.contents.put(content)
  const limits = { maxPacks: 100, before: server.clock.now() }
  const clean = await scrub(server, limits)
  assert.equal(clean.packs, (await listKeys(server.store)).length)
  assert.deepEqual(clean.damaged, [])
  assert.equal((await scrub(server, limits)).packs, 0, 'all were read a moment ago')
  const sizes = new Map((await server.store.list()).items.map((item) => [item.key, item.sizeBytes]))
  const large = [...sizes].find(([, size]) => size > 1_000_000)?.[0]
  const small = [...sizes].find(([, size]) => size < 15_000)?.[0]
  assert.ok(large && small)
  await damage(server.store, large, 1_500_000)
  await server.store.delete(small)
  server.clock.advance(hourMs)
  const found = await scrub(server, { maxPacks: 100, before: server.clock.now() })
  assert.equal(found.damaged.length, 2)
  assert.ok(found.damaged.includes(await sha256Of(contents[0] ?? Buffer.alloc(0))))
  const { damagedChunks } = await readContentStats(server.db)
  assert.equal(damagedChunks, 2)
  for (const content of contents) await server.contents.put(content)
  server.clock.advance(hourMs)
  assert.deepEqual((await scrub(server, { maxPacks: 100, before: server.clock.now() })).damaged, [])
})

test('a store is copied to another, goes on where it was broken off, and is read back', async () => {
  await using server = await openTestContents()
  await using to = await openBlobStore({ kind: 'memory' })
  const contents = Array.from({ length: 6 }, () => randomBytes(200_000))
  for (const content of contents) await server.contents.put(content)
  const stop = () => {
    throw new Error('broken off')
  }
  await assert.rejects(migrateStore({ from: server.store, to, onProgress: stop }), /broken off/)
  const [first] = await listKeys(to)
  assert.ok(first)
  await damage(to, first, 100)
  const { copied, kept } = await migrateStore({ from: server.store, to })
  assert.deepEqual([copied, kept], [6, 0])
  assert.equal((await migrateStore({ from: server.store, to })).kept, 6)
  await using moved = server.openAnother(to)
  for (const content of contents)
    assert.ok(Buffer.from(await moved.contents.get(await sha256Of(content))).equals(content))
})

const seed = 20_261_127
test(`no content is lost while it is put, collected and repacked at once, from two servers (seed ${seed})`, async () => {
  await using server = await openTestContents()
  await using another = server.openAnother()
  const random = seededRandom(seed)
  const pool = Array.from({ length: 8 }, (_, index) => randomBytes(index % 2 ? 30_000 : 1_500_000))
  const pick = () => pool[Math.floor(random() * pool.length)] ?? Buffer.alloc(0)
  for (let round = 0; round < 15; round++) {
    const put: Buffer[] = []
    const work = Array.from({ length: 6 }, async () => {
      const one = random() < 0.5 ? server : another
      if (random() < 0.3) return one.collect()
      const content = random() < 0.5 ? pick() : Buffer.concat([pick(), randomBytes(100)])
      await one.contents.put(content)
      put.push(content)
      return undefined
    })
    await Promise.all(work)
    for (const content of put)
      assert.deepEqual(Buffer.from(await server.contents.get(await sha256Of(content))), content)
    server.clock.advance(random() < 0.5 ? 2 * hourMs : 9 * dayMs)
    await Promise.all([server.collect(), another.collect()])
  }
})

test('a delta that nobody waits for any more reads no further', async () => {
  await using server = await openTestContents()
  const content = randomBytes(4_000_000)
  const base = await server.contents.put(content)
  const target = await server.contents.put(Buffer.concat([randomBytes(1_000_000), content]))
  const abandon = new AbortController()
  const delta = server.contents.delta(base, target, abandon.signal)
  assert.equal((await delta.next()).done, false)
  abandon.abort()
  await assert.rejects(delta.next(), { name: 'AbortError' })
  assert.equal((await delta.next()).done, true)
})
