import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { allBytes, bytesOf } from '../testing/blob-bodies.ts'
import { sampleText } from '../testing/sample-text.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { MemoryBlobStore } from './adapters/memory-blob-store.ts'
import { blobKey } from './blob-key.ts'
import { ContentTooLargeError, CorruptContentError } from './content-errors.ts'
import { encodeHeader } from './content-format.ts'
import { ContentStore } from './content-store.ts'
import type { Sha256 } from './sha256.ts'

const maxBytes = 8 * 1024 * 1024

async function open(bytes: Uint8Array) {
  const store = new MemoryBlobStore()
  const contents = new ContentStore({ store })
  const { sha256 } = await contents.put(bytes)
  const key = blobKey(`blobs/${sha256}`)
  return { store, contents, sha256, key, object: await bytesOf(store, key) }
}

/** Reads in both ways; what comes is right or the damage is named. */
async function neverWrong(contents: ContentStore, sha256: Sha256, right: Uint8Array, note: string) {
  const reads = [
    () => contents.get(sha256, { maxBytes }),
    async () => allBytes(await contents.getStream(sha256, { maxBytes })),
  ]
  let damaged = 0
  for (const read of reads) {
    try {
      assert.ok(Buffer.from(await read()).equals(right), `${note}: wrong bytes`)
    } catch (error) {
      // A damaged size may claim more than the reader accepts.
      const named = error instanceof CorruptContentError || error instanceof ContentTooLargeError
      assert.ok(named, `${note}: ${String(error)}`)
      damaged++
    }
  }
  return damaged
}

for (const [title, bytes] of [
  ['raw', Buffer.from('too short to compress')],
  ['compressed', sampleText(1_500)],
] as const) {
  test(`[CS5] a ${title} object with any byte changed never gives wrong bytes`, async () => {
    const { store, contents, sha256, key, object } = await open(bytes)
    let damaged = 0
    for (let position = 0; position < object.byteLength; position++) {
      const changed = Buffer.from(object)
      changed[position] = (changed[position] ?? 0) ^ (1 << (position % 8))
      await store.put(key, changed)
      damaged += await neverWrong(contents, sha256, bytes, `byte ${position}`)
    }
    assert.ok(damaged >= object.byteLength, 'almost every change is noticed')
  })

  test(`[CS5] a ${title} object cut at any place is damaged`, async () => {
    const { store, contents, sha256, key, object } = await open(bytes)
    for (let length = 0; length < object.byteLength; length++) {
      await store.put(key, object.subarray(0, length))
      const damaged = await neverWrong(contents, sha256, bytes, `cut at ${length}`)
      assert.equal(damaged, 2, `cut at ${length}`)
    }
  })
}

test('[CS5] large objects with random damage never give wrong bytes', async () => {
  const seed = randomInt(2 ** 31)
  const random = seededRandom(seed)
  const bytes = sampleText(1_200_000, seed)
  const { store, contents, sha256, key, object } = await open(bytes)
  for (let round = 0; round < 30; round++) {
    const changed = Buffer.from(object)
    const start = Math.floor(random() * changed.byteLength)
    const end = Math.min(changed.byteLength, start + Math.ceil(random() * 500))
    changed.fill(Math.floor(random() * 256), start, end)
    await store.put(key, changed)
    await neverWrong(contents, sha256, bytes, `seed ${seed}, round ${round}`)
  }
})

test('[CS5] an object that is another content is damaged', async () => {
  const { store, contents, sha256, key } = await open(Buffer.from('the content'))
  const other = await open(Buffer.from('another one'))
  await store.put(key, other.object)
  await assert.rejects(contents.get(sha256), CorruptContentError)
  assert.equal(await contents.has(sha256), true)
})

test('[CS4] an object of an unknown version, codec or flag is refused', async () => {
  const { store, contents, sha256, key, object } = await open(Buffer.from('the content'))
  for (const [offset, value] of [
    [0, 0x58],
    [4, 2],
    [5, 2],
    [6, 1],
    [7, 1],
    [8, 0xff],
  ] as const) {
    const changed = Buffer.from(object)
    changed[offset] = value
    await store.put(key, changed)
    await assert.rejects(contents.get(sha256), CorruptContentError)
    await assert.rejects(contents.getStream(sha256), CorruptContentError)
  }
})

test('[CS4] an object that version 1 wrote stays readable', async () => {
  const { store, contents, sha256, key } = await open(Buffer.from('ab'.repeat(100)))
  const written = '4353424c01010000' + '00000000000000c8' + '28b52ffd20c84d00001061620100c3288705'
  await store.put(key, Buffer.from(written, 'hex'))
  assert.equal(Buffer.from(await contents.get(sha256)).toString(), 'ab'.repeat(100))
})

test('[CS6] a frame that holds more than the header says is not unpacked', async () => {
  const { store, contents, sha256, key } = await open(Buffer.from('x'))
  const bomb = zstdCompressSync(Buffer.alloc(200 * 1024 * 1024))
  for (const plainBytes of [0, 1, 100_000]) {
    const header = encodeHeader({ codec: 'zstd', plainBytes })
    await store.put(key, Buffer.concat([header, bomb]))
    await assert.rejects(contents.get(sha256), CorruptContentError)
    const { body } = await contents.getStream(sha256)
    const { seenBytes, failure } = await readToFailure(body)
    assert.ok(failure instanceof CorruptContentError)
    assert.ok(seenBytes <= plainBytes)
  }
  const honest = encodeHeader({ codec: 'zstd', plainBytes: 200 * 1024 * 1024 })
  await store.put(key, Buffer.concat([honest, bomb]))
  await assert.rejects(contents.get(sha256), ContentTooLargeError)
})

async function readToFailure(body: Readable) {
  let seenBytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) seenBytes += chunk.byteLength
    return { seenBytes, failure: undefined }
  } catch (failure) {
    return { seenBytes, failure }
  }
}

test('[CS8] the body of a damaged object fails instead of ending', async () => {
  const bytes = sampleText(3_000_000)
  const { store, contents, sha256, key } = await open(bytes)
  const changed = Buffer.from(bytes)
  changed[bytes.byteLength - 1] = 0
  const forms = [
    [encodeHeader({ codec: 'raw', plainBytes: bytes.byteLength }), changed],
    [encodeHeader({ codec: 'zstd', plainBytes: bytes.byteLength }), zstdCompressSync(changed)],
    [encodeHeader({ codec: 'raw', plainBytes: 2_999_999 }), bytes.subarray(0, 2_999_999)],
  ] as const
  for (const form of forms) {
    await store.put(key, Buffer.concat(form))
    const { body } = await contents.getStream(sha256)
    const { seenBytes, failure } = await readToFailure(body)
    assert.ok(failure instanceof CorruptContentError)
    assert.equal(body.readableEnded, false)
    assert.ok(seenBytes < bytes.byteLength, 'the last chunk is kept back')
  }
})

test('[CS9] putting a content again repairs its damaged object', async () => {
  const bytes = sampleText(2_000_000)
  const { store, contents, sha256, key, object } = await open(bytes)
  const halves = [bytes.subarray(0, 1_500_000), bytes.subarray(1_500_000)]
  for (const damage of [object.subarray(0, 100), tooLarge(object), Buffer.alloc(0)]) {
    for (const putAgain of [
      () => contents.put(bytes),
      () => contents.putStream(Readable.from(halves)),
    ]) {
      await store.put(key, damage)
      await putAgain()
      assert.ok(Buffer.from(await contents.get(sha256)).equals(bytes))
    }
  }
})

/** The object with a header that claims terabytes. */
function tooLarge(object: Buffer): Buffer {
  const changed = Buffer.from(object)
  changed[9] = 1
  return changed
}
