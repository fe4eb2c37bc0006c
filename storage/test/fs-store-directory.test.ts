import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { FsBlobStore } from '../src/adapters/fs/fs-blob-store.ts'
import { blobKey } from '../src/blob-key.ts'
import type { BlobKey } from '../src/blob-key.ts'
import { BlobUploadNotFoundError, BlobUploadPartError } from '../src/blob-store-errors.ts'
import { RetryingBlobStore } from '../src/decorators/retrying-blob-store.ts'
import { bytesOf } from '../testing/blob-bodies.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
const key = blobKey('some/object')

test('[FS3] an open removes temporary files of an hour ago and keeps younger ones', async () => {
  const directory = await temporaryDirectory()
  await FsBlobStore.open({ directory })
  const now = Date.now()
  for (const [name, ageMs] of [
    ['old', hourMs + 1_000],
    ['young', hourMs - 1_000],
  ] as const) {
    const path = join(directory, 'tmp', name)
    await writeFile(path, 'left behind')
    await utimes(path, new Date(), new Date(now - ageMs))
  }
  await FsBlobStore.open({ directory, now: () => now })
  assert.deepEqual(await readdir(join(directory, 'tmp')), ['young'])
})

test('[FS3] an open removes uploads seven days after their last part', async () => {
  const directory = await temporaryDirectory()
  const store = await FsBlobStore.open({ directory })
  const upload = await store.multipart.create(key)
  const part = await store.multipart.putPart(upload, 1, Buffer.from('x'))
  await FsBlobStore.open({ directory, now: () => Date.now() + 6.9 * dayMs })
  await store.multipart.complete(upload, [part])
  const abandoned = await store.multipart.create(key)
  await FsBlobStore.open({ directory, now: () => Date.now() + 7.1 * dayMs })
  const late = store.multipart.putPart(abandoned, 1, Buffer.from('x'))
  await assert.rejects(late, BlobUploadNotFoundError)
})

test('[FS5] a directory that cannot be read is an error in every call', async () => {
  const directory = await temporaryDirectory()
  if (process.geteuid?.() === 0) await chown(directory, 65_534, 65_534)
  const child = fileURLToPath(import.meta.resolve('./use-unreadable-store-child.ts'))
  await promisify(execFile)(process.execPath, [child, directory])
})

test('[FS6] objects and uploads are there after the store is opened again', async () => {
  const directory = await temporaryDirectory()
  const before = await FsBlobStore.open({ directory })
  await before.put(key, Buffer.from('kept'))
  const upload = await before.multipart.create(blobKey('uploaded'))
  const first = await before.multipart.putPart(upload, 1, Buffer.from('one '))
  const after = await FsBlobStore.open({ directory })
  assert.equal(String(await bytesOf(after, key)), 'kept')
  const second = await after.multipart.putPart(upload, 2, Buffer.from('two'))
  await after.multipart.complete(upload, [first, second])
  assert.equal(String(await bytesOf(before, blobKey('uploaded'))), 'one two')
})

test('[FS6] two stores on one directory create an object once', async () => {
  const directory = await temporaryDirectory()
  const stores = await Promise.all([0, 1].map(() => FsBlobStore.open({ directory })))
  const outcomes = await Promise.all(
    [...stores, ...stores].map((store) => store.put(key, randomBytes(9), { ifAbsent: true })),
  )
  assert.equal(outcomes.filter((outcome) => outcome.kind === 'stored').length, 1)
})

test('[FS7] hostile keys and uploads touch nothing outside the directory', async () => {
  const outside = await temporaryDirectory()
  await writeFile(join(outside, 'secret'), 'untouched')
  const store = await FsBlobStore.open({ directory: join(outside, 'store') })
  for (const hostile of ['../secret', '../../secret', 'a/../../../secret', '..', '/secret']) {
    const bad = hostile as BlobKey
    await assert.rejects(store.put(bad, Buffer.from('x')))
    await assert.rejects(store.get(bad))
    await assert.rejects(store.delete(bad))
    const upload = { key, uploadId: hostile }
    await store.multipart.abort(upload)
    await assert.rejects(store.multipart.putPart(upload, 1, Buffer.from('x')))
    await assert.rejects(store.list({ prefix: hostile }))
  }
  assert.deepEqual((await readdir(outside)).sort(), ['secret', 'store'])
  assert.deepEqual((await readdir(join(outside, 'store'))).sort(), ['objects', 'tmp', 'uploads'])
})

test('[FS7] foreign files in the directory are neither listed nor removed', async () => {
  const directory = await temporaryDirectory()
  const store = await FsBlobStore.open({ directory })
  await store.put(key, Buffer.from('x'))
  const foreign = [
    '.DS_Store',
    'some/.DS_Store',
    'some/README',
    'some/=ob/Thumbs.db',
    'some/=ob/a.tmp~',
  ]
  for (const name of foreign) await writeFile(join(directory, 'objects', name), 'not ours')
  await mkdir(join(directory, 'objects/lost+found'))
  assert.deepEqual(
    (await store.list()).items.map((item) => item.key),
    [key],
  )
  await store.delete(key)
  const left = await readdir(join(directory, 'objects'), { recursive: true })
  for (const name of [...foreign, 'lost+found']) assert.ok(left.includes(name), name)
})

test('[FS8] directories that were removed under an open store are made again', async () => {
  const directory = await temporaryDirectory()
  const store = new RetryingBlobStore(await FsBlobStore.open({ directory }), {
    wait: () => Promise.resolve(),
  })
  await store.put(key, Buffer.from('before'))
  for (const name of ['objects/some', 'objects', 'tmp']) {
    await rm(join(directory, name), { recursive: true })
    await store.put(key, Buffer.from(name))
    assert.equal(String(await bytesOf(store, key)), name)
  }
  await rm(join(directory, 'objects'), { recursive: true })
  assert.deepEqual((await store.list()).items, [])
  assert.equal(await store.head(key), undefined)
})

test('[FS9] a part that was damaged on disk is not joined', async () => {
  const directory = await temporaryDirectory()
  const store = await FsBlobStore.open({ directory })
  const upload = await store.multipart.create(key)
  const part = await store.multipart.putPart(upload, 1, Buffer.from('original'))
  const [folder] = await readdir(join(directory, 'uploads'))
  await writeFile(join(directory, 'uploads', String(folder), '1'), 'changed!')
  await assert.rejects(store.multipart.complete(upload, [part]), BlobUploadPartError)
  assert.equal(await store.head(key), undefined)
  assert.deepEqual(await readdir(join(directory, 'tmp')), [])
})
