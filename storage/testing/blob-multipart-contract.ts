import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { blobKey } from '../src/blob-key.ts'
import type { BlobPart, BlobStore, BlobUpload } from '../src/blob-store.ts'
import {
  BlobSizeMismatchError,
  BlobUploadNotFoundError,
  BlobUploadPartError,
} from '../src/blob-store-errors.ts'
import { bytesOf, sourceOf } from './blob-bodies.ts'
import type { Check } from './blob-store-contract.ts'

const key = blobKey('some/upload')

/** The part of `blobStoreContract` that concerns uploads. */
export function blobMultipartContract(check: Check): void {
  joining(check)
  refusing(check)
  ending(check)
}

function joining(check: Check): void {
  check('[BS14] joins parts that came in any order, and shows nothing before', async (store) => {
    const parts = partsFor(store, 4)
    const upload = await store.multipart.create(key)
    const sent = await Promise.all(
      [3, 1, 0, 2].map((index) => sendPart(store, upload, index + 1, parts[index])),
    )
    assert.equal(await store.head(key), undefined)
    assert.deepEqual((await store.list()).items, [])
    await store.multipart.complete(upload, ascending(sent))
    assert.deepEqual(await bytesOf(store, key), Buffer.concat(parts))
    assert.equal((await store.list()).items.length, 1)
  })

  check('[BS14] replaces an object only on completion', async (store) => {
    await store.put(key, Buffer.from('before'))
    const [first, second] = partsFor(store, 2)
    const upload = await store.multipart.create(key)
    const a = await sendPart(store, upload, 10, first)
    const b = await sendPart(store, upload, 30, second)
    assert.equal(String(await bytesOf(store, key)), 'before')
    await store.multipart.complete(upload, [a, b])
    assert.deepEqual(
      await bytesOf(store, key),
      Buffer.concat([first ?? '', second ?? ''] as Buffer[]),
    )
  })

  check('[BS14] leaves out an unnamed part, or refuses to and keeps the upload', async (store) => {
    const [first, second, third] = partsFor(store, 3)
    const upload = await store.multipart.create(key)
    const a = await sendPart(store, upload, 1, first)
    const b = await sendPart(store, upload, 2, second)
    const c = await sendPart(store, upload, 3, third)
    const without = Buffer.concat([first ?? '', third ?? ''] as Buffer[])
    try {
      await store.multipart.complete(upload, [a, c])
      assert.deepEqual(await bytesOf(store, key), without)
    } catch (error) {
      // As Ceph does up to version 16 at least, unlike S3.
      assert.ok(error instanceof BlobUploadPartError)
      assert.equal(await store.head(key), undefined)
      await store.multipart.complete(upload, [a, b, c])
    }
  })

  check('[BS14] keeps two uploads to one key apart', async (store) => {
    const one = await store.multipart.create(key)
    const two = await store.multipart.create(key)
    const partOfOne = await store.multipart.putPart(one, 1, Buffer.from('one'))
    const partOfTwo = await store.multipart.putPart(two, 1, Buffer.from('two'))
    await store.multipart.complete(two, [partOfTwo])
    assert.equal(String(await bytesOf(store, key)), 'two')
    await store.multipart.complete(one, [partOfOne])
    assert.equal(String(await bytesOf(store, key)), 'one')
  })

  check('[BS15] lets a part be sent again', async (store) => {
    const upload = await store.multipart.create(key)
    const earlier = await store.multipart.putPart(upload, 1, Buffer.from('earlier'))
    const later = await store.multipart.putPart(upload, 1, sourceOf([Buffer.from('later')]))
    await assert.rejects(store.multipart.complete(upload, [earlier]), BlobUploadPartError)
    assert.equal(await store.head(key), undefined)
    await store.multipart.complete(upload, [later])
    assert.equal(String(await bytesOf(store, key)), 'later')
  })
}

function refusing(check: Check): void {
  check('[BS16] refuses to complete what does not add up, and keeps the upload', async (store) => {
    const [first, second] = partsFor(store, 2)
    const upload = await store.multipart.create(key)
    const a = await sendPart(store, upload, 1, first)
    const b = await sendPart(store, upload, 2, second)
    for (const parts of [
      [],
      [b, a],
      [a, a],
      [a, { ...b, partNumber: 3 }],
      [a, { ...b, tag: a.tag }],
    ])
      await assert.rejects(store.multipart.complete(upload, parts), BlobUploadPartError)
    assert.equal(await store.head(key), undefined)
    await store.multipart.complete(upload, [a, b])
    assert.ok(await store.head(key))
  })

  check('[BS16] refuses parts outside the limits', async (store) => {
    const { maxParts, maxPartBytes } = store.multipart.limits
    const upload = await store.multipart.create(key)
    for (const partNumber of [0, -1, 1.5, NaN, maxParts + 1]) {
      const put = store.multipart.putPart(upload, partNumber, Buffer.from('x'))
      await assert.rejects(put, BlobUploadPartError)
    }
    const huge = { ...sourceOf([]), sizeBytes: maxPartBytes + 1 }
    await assert.rejects(store.multipart.putPart(upload, 1, huge), BlobUploadPartError)
  })

  check('[BS3] keeps a part as it was when its body fails', async (store) => {
    const upload = await store.multipart.create(key)
    const part = await store.multipart.putPart(upload, 1, Buffer.from('whole'))
    const short = { ...sourceOf([Buffer.from('cut')]), sizeBytes: 5 }
    await assert.rejects(store.multipart.putPart(upload, 1, short), BlobSizeMismatchError)
    await store.multipart.complete(upload, [part])
    assert.equal(String(await bytesOf(store, key)), 'whole')
  })
}

function ending(check: Check): void {
  check('[BS17] forgets an upload that was aborted or completed', async (store) => {
    const aborted = await store.multipart.create(key)
    const part = await store.multipart.putPart(aborted, 1, Buffer.from('x'))
    await store.multipart.abort(aborted)
    await store.multipart.abort(aborted)
    await refusedAsUnknown(store, aborted, part)
    assert.equal(await store.head(key), undefined)

    const completed = await store.multipart.create(key)
    const only = await store.multipart.putPart(completed, 1, Buffer.from('y'))
    await store.multipart.complete(completed, [only])
    await refusedAsUnknown(store, completed, only)
    await store.multipart.abort(completed)
    assert.equal(String(await bytesOf(store, key)), 'y')
  })

  check('[BS17] finds an upload only under its key, and no made-up one', async (store) => {
    const upload = await store.multipart.create(key)
    const part = await store.multipart.putPart(upload, 1, Buffer.from('x'))
    await refusedAsUnknown(store, { ...upload, key: blobKey('another/key') }, part)
    for (const uploadId of ['', '..', '../objects', 'x'.repeat(5_000), '\0'])
      await refusedAsUnknown(store, { key, uploadId }, part)
    await store.multipart.abort({ ...upload, key: blobKey('another/key') })
    await store.multipart.abort({ key, uploadId: '../objects' })
    await store.multipart.complete(upload, [part])
    assert.equal(String(await bytesOf(store, key)), 'x')
  })
}

async function refusedAsUnknown(
  store: BlobStore,
  upload: BlobUpload,
  part: BlobPart,
): Promise<void> {
  const put = store.multipart.putPart(upload, 2, Buffer.from('late'))
  await assert.rejects(put, BlobUploadNotFoundError)
  await assert.rejects(store.multipart.complete(upload, [part]), BlobUploadNotFoundError)
}

/** Different parts of different sizes, as small as the store allows. */
function partsFor(store: BlobStore, count: number): Buffer[] {
  const { minPartBytes } = store.multipart.limits
  return Array.from({ length: count }, (_, index) => randomBytes(minPartBytes + 10_000 * index))
}

function sendPart(
  store: BlobStore,
  upload: BlobUpload,
  partNumber: number,
  bytes: Buffer | undefined,
): Promise<BlobPart> {
  assert.ok(bytes)
  return store.multipart.putPart(upload, partNumber, bytes)
}

function ascending(parts: readonly BlobPart[]): BlobPart[] {
  return [...parts].sort((a, b) => a.partNumber - b.partNumber)
}
