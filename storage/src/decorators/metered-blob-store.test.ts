import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import { allBytes } from '../../testing/blob-bodies.ts'
import { blobStoreContract } from '../../testing/blob-store-contract.ts'
import { MemoryBlobStore } from '../adapters/memory/memory-blob-store.ts'
import { blobKey } from '../blob-key.ts'
import { BlobNotFoundError } from '../blob-store-errors.ts'
import { MeteredBlobStore } from './metered-blob-store.ts'
import type { BlobMeasurement } from './metered-blob-store.ts'

const key = blobKey('some/key')

blobStoreContract('MeteredBlobStore', async () => {
  return new MeteredBlobStore(new MemoryBlobStore(), { record: () => undefined })
})

function openMetered() {
  const measurements: BlobMeasurement[] = []
  let time = 0
  const store = new MeteredBlobStore(new MemoryBlobStore(), {
    record: (measurement) => measurements.push(measurement),
    now: () => (time += 10),
  })
  const seen = () =>
    measurements.map(({ operation, sizeBytes, outcome }) => [operation, sizeBytes, outcome])
  return { store, measurements, seen }
}

test('[MT1] every call is measured once, with its duration, bytes and outcome', async () => {
  const { store, measurements, seen } = openMetered()
  await store.put(key, Buffer.alloc(100))
  await store.put(key, Buffer.alloc(100), { ifAbsent: true })
  await store.head(key)
  await store.list()
  await store.delete(key)
  const upload = await store.multipart.create(key)
  const part = await store.multipart.putPart(upload, 1, Buffer.alloc(70))
  await store.multipart.complete(upload, [part])
  await store.multipart.abort(upload)
  assert.deepEqual(seen(), [
    ['put', 100, 'ok'],
    ['put', 0, 'ok'],
    ['head', 0, 'ok'],
    ['list', 0, 'ok'],
    ['delete', 0, 'ok'],
    ['create-upload', 0, 'ok'],
    ['put-part', 70, 'ok'],
    ['complete-upload', 0, 'ok'],
    ['abort-upload', 0, 'ok'],
  ])
  assert.ok(measurements.every(({ durationMs }) => durationMs === 10))
})

test('[MT1] a failure is measured with its error, an abort as aborted', async () => {
  const { store, measurements, seen } = openMetered()
  await assert.rejects(store.get(key))
  await assert.rejects(store.range(key, { start: 0, end: 1 }, { signal: AbortSignal.abort() }))
  await assert.rejects(store.put(key, Buffer.alloc(5), { signal: AbortSignal.abort() }))
  assert.deepEqual(seen(), [
    ['get', 0, 'failed'],
    ['range', 0, 'aborted'],
    ['put', 0, 'aborted'],
  ])
  assert.ok(measurements[0]?.error instanceof BlobNotFoundError)
})

test('[MT2] a read is measured when its body has ended', async () => {
  const { store, seen } = openMetered()
  await store.put(key, Buffer.alloc(200_000))
  const whole = await store.get(key)
  assert.equal(seen().length, 1)
  await allBytes(whole)
  await allBytes(await store.range(key, { start: 10, end: 30 }))
  assert.deepEqual(seen().slice(1), [
    ['get', 200_000, 'ok'],
    ['range', 20, 'ok'],
  ])
})

test('[MT2] a body that its reader drops counts as aborted, with the bytes that passed', async () => {
  const measured = new EventEmitter<{ measurement: [BlobMeasurement] }>()
  const store = new MeteredBlobStore(new MemoryBlobStore(), {
    record: (measurement) => measured.emit('measurement', measurement),
  })
  await store.put(key, Buffer.alloc(10_000_000))
  const next = once(measured, 'measurement') as Promise<[BlobMeasurement]>
  const { body } = await store.get(key)
  for await (const _ of body) break
  const dropped = (await next)[0]
  assert.equal(dropped.outcome, 'aborted')
  assert.ok(dropped.sizeBytes > 0 && dropped.sizeBytes < 10_000_000)
})
