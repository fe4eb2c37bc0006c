import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { bytesOf, sourceOf } from '../../../testing/blob-bodies.ts'
import { GcsEndpoint } from '../../../testing/gcs-endpoint/gcs-endpoint.ts'
import type { SessionFault } from '../../../testing/gcs-endpoint/gcs-endpoint.ts'
import { blobKey } from '../../blob-key.ts'
import { BlobStoreUnauthorizedError } from '../../blob-store-errors.ts'
import { GcsBlobStore } from './gcs-blob-store.ts'

const key = blobKey('some/key')
const mebibyte = 2 ** 20

function openStore({ service }: GcsEndpoint): GcsBlobStore {
  return new GcsBlobStore({ ...service, folder: randomUUID() })
}

test('[GC1] goes on with a resumable upload after whatever happens to a chunk', async () => {
  const faults: SessionFault[] = ['lose-answer', 'keep-half', 'error', 'refuse']
  for (const fault of faults) {
    await using endpoint = await GcsEndpoint.open()
    await using store = openStore(endpoint)
    const bytes = randomBytes(20 * mebibyte + 12_345)
    endpoint.sessionFault = (requestNumber) => (requestNumber % 2 === 1 ? fault : undefined)
    await store.put(key, sourceOf([bytes.subarray(0, 100), bytes.subarray(100)], false))
    assert.ok(bytes.equals(await bytesOf(store, key)), fault)
  }
})

test('[GC1] gives up a resumable upload that does not get on, and stores nothing', async () => {
  await using endpoint = await GcsEndpoint.open()
  await using store = openStore(endpoint)
  endpoint.sessionFault = () => 'error'
  await assert.rejects(store.put(key, randomBytes(9 * mebibyte)), { retryable: true })
  assert.equal(await store.head(key), undefined)
})

test('[GC1] creates only once by resumable uploads', async () => {
  await using endpoint = await GcsEndpoint.open()
  await using store = openStore(endpoint)
  const bodies = [1, 2, 3].map((value) => Buffer.alloc(9 * mebibyte, value))
  const puts = bodies.map((bytes) => store.put(key, bytes, { ifAbsent: true }))
  const kinds = (await Promise.all(puts)).map(({ kind }) => kind)
  assert.deepEqual(kinds.toSorted(), ['exists', 'exists', 'stored'])
  assert.ok(bodies[kinds.indexOf('stored')]?.equals(await bytesOf(store, key)))
})

test('[GC2] signs in once, and again when its token is refused', async () => {
  await using endpoint = await GcsEndpoint.open()
  await using store = openStore(endpoint)
  await store.put(key, Buffer.from('x'))
  await store.head(key)
  assert.equal(endpoint.tokens.granted, 1)
  endpoint.tokens.revoke()
  await assert.rejects(store.head(key), BlobStoreUnauthorizedError)
  assert.ok(await store.head(key))
  assert.equal(endpoint.tokens.granted, 2)
})

test('[RM5] says so when the service account is not known, and has no word of its key', async () => {
  await using endpoint = await GcsEndpoint.open()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const account = { ...endpoint.service.account, privateKey: pem }
  await using store = new GcsBlobStore({ ...endpoint.service, account, folder: 'f' })
  await assert.rejects(store.head(key), BlobStoreUnauthorizedError)
})

test('[GC3] joins more parts than the service does at once', async () => {
  await using endpoint = await GcsEndpoint.open()
  await using store = openStore(endpoint)
  const upload = await store.multipart.create(key)
  const numbers = Array.from({ length: 70 }, (_, index) => index + 1)
  const put = (number: number) => store.multipart.putPart(upload, number, Buffer.from(`${number},`))
  await store.multipart.complete(upload, await Promise.all(numbers.map(put)))
  assert.equal(String(await bytesOf(store, key)), `${numbers.join(',')},`)
  assert.deepEqual(endpoint.bucket.list('').length, 1)
})

test('[GC4] gives out URLs that are refused when they are changed or old', async () => {
  await using endpoint = await GcsEndpoint.open()
  await using store = openStore(endpoint)
  await store.put(key, Buffer.from('by URL'))
  const options = { expiresInSeconds: 60, contentDisposition: 'attachment; filename="a (1).txt"' }
  const url = await store.presigner.presignGet(key, options)
  const answer = await fetch(url)
  assert.equal(answer.headers.get('content-disposition'), options.contentDisposition)
  assert.equal(await answer.text(), 'by URL')
  for (const [name, value] of [
    ['X-Goog-Expires', '600'],
    ['response-content-disposition', 'inline'],
    ['X-Goog-Date', '20200101T000000Z'],
  ] as const) {
    const changed = new URL(url)
    changed.searchParams.set(name, value)
    assert.equal((await fetch(changed)).status, 403, name)
  }
  assert.equal((await fetch(url, { method: 'PUT', body: 'x' })).status, 403)
})
