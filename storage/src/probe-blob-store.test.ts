import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBlobStore } from './adapters/memory/memory-blob-store.ts'
import type { BlobKey } from './blob-key.ts'
import type { BlobBody, BlobPage, BlobReader, PutOptions, PutOutcome } from './blob-store.ts'
import { BlobOperationUnsupportedError, BlobStoreUnavailableError } from './blob-store-errors.ts'
import { probeBlobStore } from './probe-blob-store.ts'

test('[OP3] finds out what a good store can do, and leaves nothing in it', async () => {
  const store = new MemoryBlobStore()
  assert.deepEqual(await probeBlobStore(store), { createIfAbsent: true })
  assert.deepEqual((await store.list()).items, [])
})

/** As services that ignore `If-None-Match`. */
class ReplacingBlobStore extends MemoryBlobStore {
  override async put(key: BlobKey, body: BlobBody): Promise<PutOutcome> {
    return super.put(key, body)
  }
}

/** As services that replace the object and deny it. */
class LyingBlobStore extends MemoryBlobStore {
  override async put(key: BlobKey, body: BlobBody, options: PutOptions = {}): Promise<PutOutcome> {
    const outcome = await super.put(key, body)
    return options.ifAbsent === true ? { kind: 'exists' } : outcome
  }
}

/** As services that do not know it. */
class RefusingBlobStore extends MemoryBlobStore {
  override async put(key: BlobKey, body: BlobBody, options: PutOptions = {}): Promise<PutOutcome> {
    if (options.ifAbsent === true) throw new BlobOperationUnsupportedError('ifAbsent')
    return super.put(key, body)
  }
}

test('[OP3] finds out a store that replaces what it should keep', async () => {
  for (const store of [new ReplacingBlobStore(), new LyingBlobStore(), new RefusingBlobStore()])
    assert.deepEqual(await probeBlobStore(store), { createIfAbsent: false })
})

class DamagingBlobStore extends MemoryBlobStore {
  override async put(key: BlobKey, body: BlobBody): Promise<PutOutcome> {
    return super.put(key, Buffer.from(body as Uint8Array).fill(0, 0, 1))
  }
}

class WholeBlobStore extends MemoryBlobStore {
  override async range(key: BlobKey): Promise<BlobReader> {
    return this.get(key)
  }
}

class ForgetfulBlobStore extends MemoryBlobStore {
  override async list(): Promise<BlobPage> {
    return { items: [], nextCursor: undefined }
  }
}

class KeepingBlobStore extends MemoryBlobStore {
  override async delete(): Promise<void> {}
}

test('[OP3] refuses a store that answers wrongly', async () => {
  const stores = [
    new DamagingBlobStore(),
    new WholeBlobStore(),
    new ForgetfulBlobStore(),
    new KeepingBlobStore(),
  ]
  for (const store of stores)
    await assert.rejects(probeBlobStore(store), BlobStoreUnavailableError, store.constructor.name)
})
