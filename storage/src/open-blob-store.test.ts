import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bytesOf } from '../testing/blob-bodies.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { blobKey } from './blob-key.ts'
import { BlobStoreUnavailableError } from './blob-store-errors.ts'
import { openBlobStore, parseStorageUrl, StorageUrlError } from './open-blob-store.ts'

const key = blobKey('some/key')

test('[OP1] reads the addresses of the stores', () => {
  assert.deepEqual(parseStorageUrl('memory:'), { kind: 'memory' })
  const file = { kind: 'file', directory: '/var/lib/my store' }
  assert.deepEqual(parseStorageUrl('file:///var/lib/my%20store'), file)
  assert.deepEqual(parseStorageUrl('file:/var/lib/my%20store'), file)
})

test('[OP1] refuses addresses that mean nothing or not what they seem to', () => {
  const wrong = [
    '',
    'data',
    'file:',
    'file:data/blobs',
    'file:./data',
    'file://host/data',
    'memory:x',
  ]
  for (const text of [
    ...wrong,
    'file:///data?x=1',
    'file:///data#x',
    's3://bucket',
    'http://host/',
  ])
    assert.throws(() => parseStorageUrl(text), StorageUrlError, text)
})

test('[OP1] opens the store that the configuration names', async () => {
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
