import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import {
  hashChunk,
  sealChunk,
  type BlobBody,
  type BlobKey,
  type BlobStore,
} from '@cloudsync/storage'
import { Packer, packBytes } from './packer.ts'
import { openTestContents } from './testing/open-test-contents.ts'

const mebibyte = 1024 * 1024
const chunksInPack = packBytes / mebibyte

/** A store that stores nothing until it is opened. */
function openGate(store: BlobStore) {
  const opened = Promise.withResolvers<void>()
  let waiting = 0
  const gated = Object.create(store, {
    put: {
      value: async (key: BlobKey, body: BlobBody) => {
        waiting += 1
        await opened.promise
        return store.put(key, body)
      },
    },
  }) as BlobStore
  return { store: gated, open: opened.resolve, waiting: () => waiting }
}

async function openPacker() {
  const server = await openTestContents()
  const gate = openGate(server.store)
  const packer = new Packer({ ...server, store: gate.store })
  const { id: keyId, key } = server.keys.current
  const add = () => {
    const bytes = randomBytes(mebibyte)
    const chunk = sealChunk(bytes, hashChunk(bytes), key)
    return { hash: chunk.hash, added: packer.add(chunk, keyId, performance.now()) }
  }
  return { server, gate, packer, add }
}

test('a slow store holds uploads back: two packs are written, one fills, and no more is taken', async () => {
  const { server, gate, packer, add } = await openPacker()
  await using _ = server
  const taken = []
  for (let n = 0; n < 3 * chunksInPack; n++) taken.push(await add().added)
  const one = add()
  const outcome = await Promise.race([one.added.then(() => 'taken'), untilIdle()])
  assert.deepEqual([outcome, gate.waiting()], ['held back', 2])
  gate.open()
  taken.push(await one.added)
  packer.hurry()
  await Promise.all(taken.map(({ durable }) => durable))
})

test('who waits for a chunk that no pack has room for yet need not wait for whoever sent it', async () => {
  const { server, gate, packer, add } = await openPacker()
  await using _ = server
  for (let n = 0; n < 3 * chunksInPack; n++) await add().added
  const { hash } = add()
  const found = packer.find(hash, performance.now())
  assert.ok(found)
  packer.hurry()
  gate.open()
  await found.durable
})

test('who asked the index just before a chunk was stored finds it just after, and who asked later does not', async () => {
  const { server, gate, packer, add } = await openPacker()
  await using _ = server
  gate.open()
  const askedAtMs = performance.now()
  const { hash, added } = add()
  const { durable } = await added
  packer.hurry()
  await durable
  assert.ok(packer.find(hash, askedAtMs))
  assert.equal(packer.find(hash, performance.now()), undefined)
})

test('chunks that come all at once share packs, each of which has room for its own', async () => {
  const { server, gate, packer, add } = await openPacker()
  await using _ = server
  gate.open()
  const adding = Array.from({ length: 5 * chunksInPack }, () => add().added)
  const packed = await Promise.all(adding)
  packer.hurry()
  await Promise.all(packed.map(({ durable }) => durable))
  const { rows } = await server.db.pool.query<{ chunks: number }>(
    'SELECT count(*)::int AS chunks FROM chunks GROUP BY pack_id',
  )
  assert.deepEqual(
    rows.map(({ chunks }) => chunks),
    Array.from({ length: 5 }, () => chunksInPack),
  )
})

async function untilIdle(): Promise<string> {
  for (let turn = 0; turn < 100; turn++) await setImmediate()
  return 'held back'
}
