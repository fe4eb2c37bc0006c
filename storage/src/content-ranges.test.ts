import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { allBytes } from '../testing/blob-bodies.ts'
import { sampleText } from '../testing/sample-text.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { FsBlobStore } from './adapters/fs-blob-store.ts'
import { MemoryBlobStore } from './adapters/memory-blob-store.ts'
import { blobKey } from './blob-key.ts'
import { BlobRangeError } from './blob-store-errors.ts'
import { CorruptContentError } from './content-errors.ts'
import { ContentStore } from './content-store.ts'
import { sha256Of } from './sha256.ts'

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

test('[CS12] a range is exactly its bytes, whatever the stored form', async () => {
  await using store = await FsBlobStore.open({ directory: await temporaryDirectory() })
  const contents = new ContentStore({ store })
  for (const bytes of [randomBytes(300_000), sampleText(2_500_000), Buffer.from('x')]) {
    const { sha256 } = await contents.putStream(inOne(bytes))
    const size = bytes.byteLength
    for (const [start, end] of [
      [0, 1],
      [0, size],
      [size - 1, size],
      [Math.floor(size / 3), Math.ceil(size / 2)],
    ] as const) {
      const part = await contents.getRange(sha256, { start, end })
      assert.equal(part.sizeBytes, end - start)
      assert.deepEqual(await allBytes(part), Buffer.from(bytes.subarray(start, end)))
    }
    for (const [start, end] of [
      [0, 0],
      [-1, 1],
      [0, size + 1],
    ] as const)
      await assert.rejects(contents.getRange(sha256, { start, end }), BlobRangeError)
  }
})

test('[CS12] a range that is dropped half-way, or before it begins, closes its object', async () => {
  await using store = await FsBlobStore.open({ directory: await temporaryDirectory() })
  const contents = new ContentStore({ store })
  const { sha256 } = await contents.put(sampleText(2_500_000))
  const unread = await contents.getRange(sha256, { start: 5, end: 2_000_000 })
  unread.body.destroy()
  const half = await contents.getRange(sha256, { start: 5, end: 2_000_000 })
  for await (const _chunk of half.body) break
  assert.ok(half.body.destroyed)
})

test('[CS12] a range of a damaged compressed object never ends regularly', async () => {
  await using store = new MemoryBlobStore()
  const contents = new ContentStore({ store })
  const { sha256, sizeBytes } = await contents.put(sampleText(500_000))
  const key = blobKey(`blobs/${sha256}`)
  const object = await allBytes(await store.get(key))
  await store.put(key, object.subarray(0, object.byteLength / 2))
  const part = await contents.getRange(sha256, { start: sizeBytes - 10, end: sizeBytes })
  await assert.rejects(allBytes(part), CorruptContentError)
})

test('[CS13] its owner hears of a content before the store does, and can refuse it', async () => {
  for (const bytes of [Buffer.from('small'), randomBytes(2_000_000)]) {
    await using store = new MemoryBlobStore()
    const contents = new ContentStore({ store })
    const heard: unknown[] = []
    const beforeStore = async (name: unknown) => {
      heard.push(name)
      assert.deepEqual((await store.list()).items.length, 0)
      throw new Error('refused')
    }
    await assert.rejects(contents.put(bytes, { beforeStore }), /refused/)
    await assert.rejects(contents.putStream(inOne(bytes), { beforeStore }), /refused/)
    const name = { sha256: await sha256Of(bytes), sizeBytes: bytes.byteLength }
    assert.deepEqual(heard, [name, name])
    assert.deepEqual((await store.list()).items, [])
  }
})

test('[CS14] a listing gives every content once, and nothing else', async () => {
  await using store = new MemoryBlobStore()
  const contents = new ContentStore({ store })
  await store.put(blobKey('other/thing'), Buffer.from('x'))
  await store.put(blobKey('blobs/no-hash'), Buffer.from('x'))
  const put = await Promise.all(['a', 'b', 'c'].map((text) => contents.put(Buffer.from(text))))
  const { items, nextCursor } = await contents.list()
  assert.deepEqual(
    items.map(({ sha256 }) => sha256),
    put.map(({ sha256 }) => sha256).toSorted(),
  )
  assert.equal(nextCursor, undefined)
})
