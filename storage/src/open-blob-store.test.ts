import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bytesOf } from '../testing/blob-bodies.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { blobKey } from './blob-key.ts'
import { BlobStoreUnavailableError } from './blob-store-errors.ts'
import { openBlobStore } from './open-blob-store.ts'
import { parseStorageUrl } from './parse-storage-url.ts'

const key = blobKey('some/key')

test('[OP2] opens the store that the configuration names', async () => {
  const directory = join(await temporaryDirectory(), 'made/on/the way')
  for (const address of ['memory:', pathToFileURL(directory).href]) {
    await using store = await openBlobStore(parseStorageUrl(address))
    await store.put(key, Buffer.from(address))
    assert.equal(String(await bytesOf(store, key)), address)
  }
})

test('[OP2] refuses a directory that is none', async () => {
  const directory = join(await temporaryDirectory(), 'file')
  await writeFile(directory, 'not a directory')
  await assert.rejects(openBlobStore({ kind: 'file', directory }), BlobStoreUnavailableError)
})
