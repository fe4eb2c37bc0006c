import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { blobKey } from '../src/blob-key.ts'
import { BlobStoreUnauthorizedError, BlobStoreUnavailableError } from '../src/blob-store-errors.ts'
import { openBlobStore } from '../src/open-blob-store.ts'
import type { BlobStoreConfig } from '../src/storage-config.ts'
import { bytesOf } from './blob-bodies.ts'

export interface OpeningSetup {
  right(folder: string): BlobStoreConfig
  readonly wrongSecret: BlobStoreConfig
  readonly wrongBucket: BlobStoreConfig
  /** Of a host where nobody listens. */
  readonly wrongHost: BlobStoreConfig
}

/** What opening a service must do, right and wrong. */
export function openingContract(name: string, setup: OpeningSetup): void {
  test(`${name}: [OP3] opens a service after a probe, which leaves nothing behind`, async () => {
    await using store = await openBlobStore(setup.right(randomUUID()))
    assert.equal(store.supportsCreateIfAbsent, true)
    assert.deepEqual((await store.list()).items, [])
    await store.put(blobKey('some/key'), Buffer.from('stored'))
    assert.equal(String(await bytesOf(store, blobKey('some/key'))), 'stored')
  })

  test(`${name}: [RM4] sees nothing of what others keep in the bucket`, async () => {
    const folder = randomUUID()
    await using outer = await openBlobStore(setup.right(folder))
    await using inner = await openBlobStore(setup.right(`${folder}/Inner_1`))
    await using beside = await openBlobStore(setup.right(`${folder}x`))
    for (const store of [outer, inner, beside]) {
      await store.put(blobKey('a'), Buffer.from('x'))
      assert.deepEqual(
        (await store.list()).items.map((item) => item.key),
        ['a'],
      )
    }
    const upload = await outer.multipart.create(blobKey('b'))
    assert.equal((await outer.list()).items.length, 1)
    await outer.multipart.abort(upload)
  })

  test(`${name}: [RM5] says what is wrong: the credentials, the bucket, the host`, async () => {
    await assert.rejects(openBlobStore(setup.wrongSecret), BlobStoreUnauthorizedError)
    const bucket = { name: BlobStoreUnavailableError.name, message: /no such (bucket|container)/ }
    await assert.rejects(openBlobStore(setup.wrongBucket), bucket)
    const host = { name: BlobStoreUnavailableError.name, message: /ECONNREFUSED/ }
    await assert.rejects(openBlobStore(setup.wrongHost), host)
  })
}
