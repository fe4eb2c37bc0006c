import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blobStoreContract } from '../../testing/blob-store-contract.ts'
import { allBytes } from '../../testing/blob-bodies.ts'
import { MemoryBlobStore } from '../adapters/memory/memory-blob-store.ts'
import { blobKey } from '../blob-key.ts'
import { LimitedBlobStore } from './limited-blob-store.ts'

const key = blobKey('some/key')

blobStoreContract(
  'LimitedBlobStore',
  async () => new LimitedBlobStore(new MemoryBlobStore(), { maxReads: 1, maxWrites: 1 }),
)

/** A body that says when it is read and waits to be let go. */
function gatedBody(onOpen: () => void) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const source = {
    sizeBytes: 1,
    repeatable: false,
    async *open() {
      onOpen()
      await promise
      yield Buffer.from('x')
    },
  }
  return { source, release: resolve }
}

test('[LM1] runs so many calls at once, and the others in the order in which they came', async () => {
  const store = new LimitedBlobStore(new MemoryBlobStore(), { maxWrites: 2 })
  const opened: number[] = []
  const bodies = [0, 1, 2, 3].map((index) => gatedBody(() => opened.push(index)))
  const puts = bodies.map(({ source }) => store.put(key, source))
  await new Promise(setImmediate)
  assert.deepEqual(opened, [0, 1])
  bodies[1]?.release()
  await puts[1]
  await new Promise(setImmediate)
  assert.deepEqual(opened, [0, 1, 2])
  for (const { release } of bodies) release()
  await Promise.all(puts)
  assert.deepEqual(opened, [0, 1, 2, 3])
})

test('[LM2] lets a body be read from the store that it is put into', async () => {
  const store = new LimitedBlobStore(new MemoryBlobStore(), { maxReads: 1, maxWrites: 1 })
  await store.put(key, Buffer.from('copied'))
  const copy = {
    sizeBytes: 6,
    repeatable: true,
    async *open() {
      yield* (await store.get(key)).body as AsyncIterable<Uint8Array>
    },
  }
  await store.put(blobKey('copy'), copy)
  const readers = [await store.get(key), await store.get(blobKey('copy'))]
  for (const reader of readers) assert.equal(String(await allBytes(reader)), 'copied')
})

test('[LM3] an abort ends the waiting, and costs nobody a turn', async () => {
  const store = new LimitedBlobStore(new MemoryBlobStore(), { maxWrites: 1 })
  const first = gatedBody(() => undefined)
  const putting = store.put(key, first.source)
  const controller = new AbortController()
  const aborted = store.put(key, Buffer.from('y'), { signal: controller.signal })
  const last = store.put(key, Buffer.from('z'))
  controller.abort(new Error('no longer wanted'))
  await assert.rejects(aborted, /no longer wanted/)
  first.release()
  await Promise.all([putting, last])
  await store.put(key, Buffer.from('again'))
})
