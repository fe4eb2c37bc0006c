import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { FsBlobStore } from '../src/adapters/fs/fs-blob-store.ts'
import { blobKey } from '../src/blob-key.ts'

/**
 * Takes the rights from directories of a store and checks that every call says so. A process of its
 * own, because root may read everything: as root it becomes another user first.
 */
const directory = process.argv[2]
if (directory === undefined) throw new Error('directory expected')
if (process.geteuid?.() === 0) {
  process.setegid?.(65_534)
  process.seteuid?.(65_534)
}

const store = await FsBlobStore.open({ directory })
const key = blobKey('folder/object')
await store.put(key, Buffer.from('there'))
const noAccess = { name: 'BlobStoreUnavailableError', retryable: false }

const shard = join(directory, 'objects/folder/=ob')
const folder = join(directory, 'objects/folder')
for (const closed of [shard, folder, join(directory, 'objects')]) {
  await chmod(closed, 0)
  await assert.rejects(store.list(), noAccess)
  await assert.rejects(store.list({ prefix: 'folder/' }), noAccess)
  await assert.rejects(store.head(key), noAccess)
  await assert.rejects(store.get(key), noAccess)
  await assert.rejects(store.put(key, Buffer.from('x')), noAccess)
  await assert.rejects(store.delete(key), noAccess)
  await chmod(closed, 0o700)
}
await chmod(join(directory, 'tmp'), 0o500)
await assert.rejects(FsBlobStore.open({ directory }), noAccess)
await chmod(join(directory, 'tmp'), 0o700)
assert.equal((await store.head(key))?.sizeBytes, 5)
