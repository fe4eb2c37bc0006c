import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { FsBlobStore } from '../src/adapters/fs/fs-blob-store.ts'
import { blobKey } from '../src/blob-key.ts'
import { BlobStoreFullError } from '../src/blob-store-errors.ts'
import { bytesOf, sourceOf } from '../testing/blob-bodies.ts'
import { mountSmallDisk } from '../testing/small-disk.ts'

test('[FS4] a full disk refuses a put and leaves everything as it was', async (context) => {
  const disk = await mountSmallDisk(1)
  if ('skip' in disk) return context.skip(disk.skip)
  const store = await FsBlobStore.open(disk)
  const stored = await fill(store)
  assert.ok(stored.length > 2)

  const first = stored[0]
  assert.ok(first)
  const larger = sourceOf(Array.from({ length: 20 }, () => randomBytes(50_000)))
  await assert.rejects(store.put(first.key, larger), BlobStoreFullError)
  const fresh = store.put(blobKey('fresh'), larger, { ifAbsent: true })
  await assert.rejects(fresh, { name: 'BlobStoreFullError', retryable: false })

  assert.deepEqual(await readdir(join(disk.directory, 'tmp')), [])
  assert.equal((await store.list()).items.length, stored.length)
  for (const { key, bytes } of stored) assert.deepEqual(await bytesOf(store, key), bytes)
  await store.delete(first.key)
  await store.put(blobKey('fresh'), Buffer.from('there is room again'))
})

test('[FS4] a full disk refuses a part and keeps the parts before it', async (context) => {
  const disk = await mountSmallDisk(1)
  if ('skip' in disk) return context.skip(disk.skip)
  const store = await FsBlobStore.open(disk)
  const key = blobKey('uploaded')
  const upload = await store.multipart.create(key)
  const bytes = randomBytes(200_000)
  const part = await store.multipart.putPart(upload, 1, bytes)
  const stored = await fill(store)
  const tooMuch = store.multipart.putPart(upload, 2, randomBytes(900_000))
  await assert.rejects(tooMuch, BlobStoreFullError)
  await assert.rejects(store.multipart.complete(upload, [part]), BlobStoreFullError)
  assert.deepEqual(await readdir(join(disk.directory, 'tmp')), [])
  for (const { key: other } of stored) await store.delete(other)
  await store.multipart.complete(upload, [part])
  assert.deepEqual(await bytesOf(store, key), bytes)
})

async function fill(store: FsBlobStore) {
  const stored = []
  for (let index = 0; ; index++) {
    const key = blobKey(`filling/${index}`)
    const bytes = randomBytes(150_000)
    try {
      await store.put(key, bytes)
    } catch (error) {
      assert.ok(error instanceof BlobStoreFullError, String(error))
      assert.equal(await store.head(key), undefined)
      return stored
    }
    stored.push({ key, bytes })
  }
}
