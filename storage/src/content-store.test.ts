import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { allBytes, bytesOf } from '../testing/blob-bodies.ts'
import { sampleText } from '../testing/sample-text.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { FsBlobStore } from './adapters/fs-blob-store.ts'
import { MemoryBlobStore } from './adapters/memory-blob-store.ts'
import { blobKey } from './blob-key.ts'
import { BlobStoreUnavailableError } from './blob-store-errors.ts'
import { ContentNotFoundError, ContentTooLargeError } from './content-errors.ts'
import { headerBytes } from './content-format.ts'
import { ContentStore } from './content-store.ts'
import { sha256FromHex, sha256Of } from './sha256.ts'
import type { Sha256 } from './sha256.ts'

function openMemory() {
  const store = new MemoryBlobStore()
  return { store, contents: new ContentStore({ store }) }
}

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.byteLength; offset += chunkBytes)
    yield bytes.subarray(offset, offset + chunkBytes)
}

const samples = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['a short text', Buffer.from('short\r\ntext \u{1f4a9}')],
  ['a text', sampleText(70_000)],
  ['random bytes', randomBytes(70_000)],
  ['a large text', sampleText(2_500_000)],
  ['large random bytes', randomBytes(2_500_000)],
  ['exactly what is kept in memory', randomBytes(1024 * 1024)],
] as const

for (const [title, bytes] of samples) {
  test(`[CS1] ${title} comes back, put as bytes or as a stream`, async () => {
    for (const chunkBytes of [undefined, 1_000, 3_000_000]) {
      const { contents } = openMemory()
      const stored =
        chunkBytes === undefined
          ? await contents.put(bytes)
          : await contents.putStream(inChunks(bytes, chunkBytes))
      assert.equal(stored.sha256, createHash('sha256').update(bytes).digest('hex'))
      assert.equal(stored.sizeBytes, bytes.byteLength)
      assert.deepEqual(Buffer.from(await contents.get(stored.sha256)), bytes)
      const reader = await contents.getStream(stored.sha256)
      assert.equal(reader.sizeBytes, bytes.byteLength)
      assert.deepEqual(await allBytes(reader), bytes)
    }
  })
}

test('[CS1] contents are kept on disk as in memory', async () => {
  const directory = await temporaryDirectory()
  await using store = await FsBlobStore.open({ directory })
  const contents = new ContentStore({ store })
  for (const [, bytes] of samples) {
    const { sha256 } = await contents.putStream(inChunks(bytes, 65_536))
    assert.deepEqual(Buffer.from(await contents.get(sha256)), bytes)
    assert.deepEqual(await allBytes(await contents.getStream(sha256)), bytes)
  }
})

test('[CS2] a content that is put often and concurrently is stored once', async () => {
  const { store, contents } = openMemory()
  const text = sampleText(1_500_000)
  const puts = Array.from({ length: 4 }, () => contents.put(text))
  const streams = Array.from({ length: 4 }, () => contents.putStream(inChunks(text, 100_000)))
  const all = await Promise.all([...puts, ...streams])
  assert.equal(new Set(all.map(({ sha256 }) => sha256)).size, 1)
  const { items } = await store.list()
  assert.equal(items.length, 1)
  const again = await contents.put(text)
  assert.equal(again.storedBytes, items[0]?.sizeBytes)
  assert.deepEqual((await store.list()).items, items, 'it was not written again')
})

test('[CS3] text is compressed, and what does not compress is no longer than header and content', async () => {
  const { store, contents } = openMemory()
  for (const [, bytes] of samples) {
    const whole = await contents.put(bytes)
    assert.equal((await store.head(objectKey(whole.sha256)))?.sizeBytes, whole.storedBytes)
    assert.ok(whole.storedBytes <= headerBytes + bytes.byteLength)
    await contents.delete(whole.sha256)
    const streamed = await contents.putStream(inChunks(bytes, 65_536))
    assert.ok(streamed.storedBytes <= headerBytes + bytes.byteLength)
  }
  for (const sizeBytes of [70_000, 2_500_000]) {
    const { storedBytes } = await contents.put(sampleText(sizeBytes, 2))
    assert.ok(storedBytes < sizeBytes / 2, `${sizeBytes} became ${storedBytes}`)
  }
})

test('[CS3] a stream that begins better than it goes on stays readable within its size', async () => {
  const { store, contents } = openMemory()
  const mixed = Buffer.concat([Buffer.alloc(1_100_000), randomBytes(20_000_000)])
  const head = mixed.subarray(0, 1_100_000)
  const rest = mixed.subarray(1_100_000)
  const stored = await contents.putStream(Readable.from([head, rest]))
  assert.ok(stored.storedBytes < 20_000_000 * 1.0001)
  const maxBytes = mixed.byteLength
  assert.ok(Buffer.from(await contents.get(stored.sha256, { maxBytes })).equals(mixed))
  const { items } = await store.list()
  assert.deepEqual(await contents.put(mixed), stored)
  assert.deepEqual((await store.list()).items, items, 'it was not written again')
})

test('[CS7] a streamed content goes through a nameless file that is gone afterwards', async () => {
  const spoolDirectory = await temporaryDirectory()
  const contents = new ContentStore({ store: new MemoryBlobStore(), spoolDirectory })
  const chunks = async function* () {
    for (let index = 0; index < 30; index++) {
      yield randomBytes(100_000)
      assert.deepEqual(await readdir(spoolDirectory), [])
    }
  }
  await contents.putStream(chunks())
  assert.deepEqual(await readdir(spoolDirectory), [])
})

test('[CS7] a large content is never whole in memory', async () => {
  const directory = await temporaryDirectory()
  const contents = new ContentStore({ store: await FsBlobStore.open({ directory }) })
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  let most = 0
  const measure = (index: number): void => {
    if (index % 50 !== 0) return
    collectGarbage()
    most = Math.max(most, process.memoryUsage().arrayBuffers)
  }
  const source = async function* () {
    for (let index = 0; index < 1_000; index++) {
      measure(index)
      yield Buffer.alloc(65_536, randomBytes(32_768))
    }
  }
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  const { sha256, sizeBytes } = await contents.putStream(source())
  let index = 0
  for await (const _ of (await contents.getStream(sha256)).body) measure(index++)
  assert.equal(sizeBytes, 65_536_000)
  const mebibytes = (most - before) / 2 ** 20
  assert.ok(mebibytes < 16, `${mebibytes} MiB were held`)
})

test('[CS10] a content that is absent or deleted is not found', async () => {
  const { store, contents } = openMemory()
  const { sha256 } = await contents.put(Buffer.from('here'))
  assert.equal(await contents.has(sha256), true)
  await contents.delete(sha256)
  await contents.delete(sha256)
  assert.equal(await contents.has(sha256), false)
  await assert.rejects(contents.get(sha256), ContentNotFoundError)
  await assert.rejects(contents.getStream(sha256), ContentNotFoundError)
  assert.deepEqual((await store.list()).items, [])
})

test('[CS10] what is no hash is refused, whatever the types say', async () => {
  const { contents } = openMemory()
  for (const text of ['', 'abc', '../x', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`]) {
    assert.throws(() => sha256FromHex(text), TypeError)
    await assert.rejects(contents.get(text as Sha256), TypeError)
    await assert.rejects(contents.delete(text as Sha256), TypeError)
  }
})

for (const [title, sizeBytes] of [
  ['short', 10],
  ['long', 3_000_000],
] as const) {
  test(`[CS11] a ${title} source that fails stores nothing and its error comes back`, async () => {
    const { store, contents } = openMemory()
    const failure = Object.assign(new Error('the sender went away'), { code: 'ECONNRESET' })
    let closed = false
    const source = async function* () {
      try {
        yield* inChunks(sampleText(sizeBytes), 100_000)
        throw failure
      } finally {
        closed = true
      }
    }
    await assert.rejects(contents.putStream(source()), (error) => error === failure)
    assert.ok(closed)
    assert.deepEqual((await store.list()).items, [])
  })

  test(`[CS11] a ${title} source that gives too much is closed and stores nothing`, async () => {
    const { store, contents } = openMemory()
    let closed = false
    const source = async function* () {
      try {
        yield* inChunks(sampleText(sizeBytes), 100_000)
      } finally {
        closed = true
      }
    }
    const put = contents.putStream(source(), { maxBytes: sizeBytes - 1 })
    await assert.rejects(put, ContentTooLargeError)
    assert.ok(closed)
    assert.deepEqual((await store.list()).items, [])
    await contents.putStream(source(), { maxBytes: sizeBytes })
    assert.equal((await store.list()).items.length, 1)
  })
}

test('[CS11] an aborted put stores nothing and closes the source', async () => {
  const { store, contents } = openMemory()
  const controller = new AbortController()
  const reason = new Error('no longer wanted')
  let closed = false
  const source = async function* () {
    try {
      yield randomBytes(2_000_000)
      controller.abort(reason)
      yield randomBytes(2_000_000)
    } finally {
      closed = true
    }
  }
  const put = contents.putStream(source(), { signal: controller.signal })
  await assert.rejects(put, (error) => error === reason)
  const late = contents.put(Buffer.from('x'), { signal: controller.signal })
  await assert.rejects(late, (error) => error === reason)
  assert.ok(closed)
  assert.deepEqual((await store.list()).items, [])
})

test('[CS11] a source is closed when there is nowhere to spool it', async () => {
  const spoolDirectory = join(await temporaryDirectory(), 'missing')
  const contents = new ContentStore({ store: new MemoryBlobStore(), spoolDirectory })
  let closed = false
  const source = async function* () {
    try {
      yield randomBytes(2_000_000)
      yield randomBytes(2_000_000)
    } finally {
      closed = true
    }
  }
  await assert.rejects(contents.putStream(source()), BlobStoreUnavailableError)
  assert.ok(closed)
})

test('[CS6] a content above what the caller accepts is refused', async () => {
  const { contents } = openMemory()
  for (const bytes of [randomBytes(1_000), sampleText(1_000)]) {
    const { sha256 } = await contents.put(bytes)
    assert.equal((await contents.get(sha256, { maxBytes: 1_000 })).byteLength, 1_000)
    await assert.rejects(contents.get(sha256, { maxBytes: 999 }), ContentTooLargeError)
    await assert.rejects(contents.getStream(sha256, { maxBytes: 999 }), ContentTooLargeError)
  }
})

test('[CS4] a content lies under its hash', async () => {
  const { store, contents } = openMemory()
  const { sha256 } = await contents.put(Buffer.from('hello'))
  assert.equal(sha256, await sha256Of(Buffer.from('hello')))
  const object = await bytesOf(store, objectKey(sha256))
  assert.equal(object.toString('hex'), '4353424c010000000000000000000005' + '68656c6c6f')
})

function objectKey(sha256: Sha256) {
  return blobKey(`blobs/${sha256}`)
}
