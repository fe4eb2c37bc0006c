import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { blobKey } from '../src/blob-key.ts'
import type { BlobStore, CallOptions } from '../src/blob-store.ts'
import {
  BlobNotFoundError,
  BlobOperationUnsupportedError,
  BlobRangeError,
  BlobSizeMismatchError,
} from '../src/blob-store-errors.ts'
import { allBytes, bytesOf, sourceOf } from './blob-bodies.ts'
import { blobKeyContract, blobListingContract } from './blob-listing-contract.ts'
import { blobMultipartContract } from './blob-multipart-contract.ts'

/**
 * What every `BlobStore` must do, as tests of `node:test` named after the store. An adapter is right
 * when they pass against the real service.
 *
 * `open` gives an empty store that no other test uses; it is called once per test and the store is
 * disposed of at the test's end. Removing what it holds is the opener's affair.
 */
export function blobStoreContract(name: string, open: () => Promise<BlobStore>): void {
  const check = (title: string, run: (store: BlobStore) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      await using store = await open()
      await run(store)
    })
  }
  writing(check)
  blobKeyContract(check)
  reading(check)
  blobListingContract(check)
  creatingOnce(check)
  aborting(check)
  presigning(name, open)
  blobMultipartContract(check)
}

export type Check = (title: string, run: (store: BlobStore) => Promise<void>) => void

const key = blobKey('some/key')

function writing(check: Check): void {
  check('[BS19] tells how much room there is, where it has a bound', async (store) => {
    const space = await store.findSpace()
    if (!space) return
    assert.ok(space.freeBytes >= 0 && space.freeBytes <= space.totalBytes)
    assert.ok(space.totalBytes > 0)
  })

  check('[BS1] gives back the bytes that were put', async (store) => {
    for (const sizeBytes of [0, 1, 65_536, 1_000_003]) {
      const bytes = randomBytes(sizeBytes)
      assert.deepEqual(await store.put(key, bytes), { kind: 'stored' })
      const reader = await store.get(key)
      assert.equal(reader.sizeBytes, sizeBytes)
      assert.deepEqual(await allBytes(reader), bytes)
    }
  })

  check('[BS1] gives back what a source produced chunk by chunk', async (store) => {
    for (const chunkSizes of [[], [0], [10, 0, 70_000, 1], [1_500_000, 3]]) {
      const chunks = chunkSizes.map((size) => randomBytes(size))
      await store.put(key, sourceOf(chunks))
      assert.deepEqual(await bytesOf(store, key), Buffer.concat(chunks))
    }
  })

  check('[BS2] replaces an object as a whole while others read and write it', async (store) => {
    const contents = [0, 1, 2, 3].map((value) => Buffer.alloc(200_000 + value, value))
    await store.put(key, contents[0] ?? Buffer.alloc(0))
    const puts = [...contents, ...contents].map((bytes) => store.put(key, bytes))
    const reads = Array.from({ length: 12 }, () => bytesOf(store, key))
    for (const bytes of [...(await Promise.all(reads)), await bytesOf(store, key)])
      assert.ok(contents.some((content) => content.equals(bytes)))
    await Promise.all(puts)
    const settled = await bytesOf(store, key)
    assert.ok(contents.some((content) => content.equals(settled)))
  })

  check('[BS3] keeps what was there when the body fails', async (store) => {
    const failure = Object.assign(new Error('the sender went away'), { code: 'ENOENT' })
    const failing = {
      sizeBytes: 100_000,
      repeatable: false,
      async *open() {
        yield Buffer.alloc(70_000)
        throw failure
      },
    }
    await assert.rejects(store.put(key, failing), (error) => error === failure)
    assert.equal(await store.head(key), undefined)
    await store.put(key, Buffer.from('before'))
    await assert.rejects(store.put(key, failing), (error) => error === failure)
    assert.equal(String(await bytesOf(store, key)), 'before')
    assert.equal((await store.list()).items.length, 1)
  })

  check(
    '[BS3] keeps what was there when the body has another size than announced',
    async (store) => {
      await store.put(key, Buffer.from('before'))
      for (const sizeBytes of [9, 11]) {
        const wrong = { ...sourceOf([Buffer.alloc(10)]), sizeBytes }
        await assert.rejects(store.put(key, wrong), BlobSizeMismatchError)
      }
      assert.equal(String(await bytesOf(store, key)), 'before')
    },
  )

  check('[BS13] keeps an object as it was when buffers are changed afterwards', async (store) => {
    const bytes = Buffer.from('original')
    await store.put(key, bytes)
    bytes.fill(0)
    const reader = await store.get(key)
    for await (const chunk of reader.body as AsyncIterable<Uint8Array>) chunk.fill(0)
    assert.equal(String(await bytesOf(store, key)), 'original')
  })

  check('[BS10] removes an object and does not mind when there is none', async (store) => {
    await store.put(key, Buffer.from('x'))
    await store.put(blobKey('some/key2'), Buffer.from('y'))
    await store.delete(key)
    await store.delete(key)
    await store.delete(blobKey('never/was'))
    assert.equal(await store.head(key), undefined)
    assert.deepEqual(
      (await store.list()).items.map((item) => item.key),
      ['some/key2'],
    )
    await store.put(key, Buffer.from('again'))
    assert.equal(String(await bytesOf(store, key)), 'again')
  })
}

function reading(check: Check): void {
  check('[BS6] says when there is no object', async (store) => {
    await assert.rejects(store.get(key), BlobNotFoundError)
    await assert.rejects(store.range(key, { start: 0, end: 1 }), BlobNotFoundError)
    assert.equal(await store.head(key), undefined)
    await store.put(blobKey('some/key/below'), Buffer.from('x'))
    await assert.rejects(store.get(key), BlobNotFoundError)
    assert.equal(await store.head(key), undefined)
  })

  check('[BS6] tells size and time of an object without reading it', async (store) => {
    const before = Date.now()
    await store.put(key, Buffer.alloc(12_345))
    const info = await store.head(key)
    assert.equal(info?.key, key)
    assert.equal(info.sizeBytes, 12_345)
    // Services keep whole seconds, by a clock that is not ours.
    assert.ok(Math.abs(info.modifiedAt.getTime() - before) < 60_000)
  })

  check('[BS7] goes on reading what it opened while it is replaced or deleted', async (store) => {
    const first = randomBytes(3_000_000)
    await store.put(key, first)
    const beforeReplacing = await store.get(key)
    await store.put(key, Buffer.from('second'))
    assert.deepEqual(await allBytes(beforeReplacing), first)
    await store.put(key, first)
    const beforeDeleting = await store.get(key)
    await store.delete(key)
    assert.deepEqual(await allBytes(beforeDeleting), first)
  })

  check('[BS8] gives exactly the bytes of a range', async (store) => {
    const bytes = randomBytes(600_000)
    await store.put(key, bytes)
    for (const [start, end] of [
      [0, 1],
      [0, 600_000],
      [599_999, 600_000],
      [262_143, 524_289],
    ] as const) {
      const reader = await store.range(key, { start, end })
      assert.equal(reader.sizeBytes, end - start)
      assert.deepEqual(await allBytes(reader), bytes.subarray(start, end))
    }
  })

  check('[BS8] refuses a range that is empty or leaves the object', async (store) => {
    await store.put(key, Buffer.alloc(10))
    const wrong = [
      [0, 0],
      [5, 5],
      [6, 5],
      [-1, 5],
      [0, 11],
      [10, 11],
      [100, 200],
      [0.5, 2],
      [0, NaN],
    ] as const
    for (const [start, end] of wrong)
      await assert.rejects(store.range(key, { start, end }), BlobRangeError, `${start} ${end}`)
    await store.put(key, Buffer.alloc(0))
    await assert.rejects(store.range(key, { start: 0, end: 1 }), BlobRangeError)
  })
}

function creatingOnce(check: Check): void {
  check('[BS11] lets exactly one of many create an object', async (store) => {
    if (!store.supportsCreateIfAbsent) {
      const refused = store.put(key, Buffer.from('x'), { ifAbsent: true })
      await assert.rejects(refused, BlobOperationUnsupportedError)
      return
    }
    const puts = Array.from({ length: 16 }, async (_, index) => {
      const outcome = await store.put(key, Buffer.alloc(50_000, index), { ifAbsent: true })
      return { outcome, index }
    })
    const created = (await Promise.all(puts)).filter(({ outcome }) => outcome.kind === 'stored')
    assert.equal(created.length, 1)
    assert.deepEqual(await bytesOf(store, key), Buffer.alloc(50_000, created[0]?.index))
    const late = await store.put(key, Buffer.from('late'), { ifAbsent: true })
    assert.deepEqual(late, { kind: 'exists' })
    assert.equal((await store.head(key))?.sizeBytes, 50_000)
  })
}

function aborting(check: Check): void {
  check('[BS12] does nothing once the signal has fired', async (store) => {
    await store.put(key, Buffer.from('before'))
    const reason = new Error('no longer wanted')
    const options: CallOptions = { signal: AbortSignal.abort(reason) }
    const calls: (() => Promise<unknown>)[] = [
      () => store.put(key, Buffer.from('after'), options),
      () => store.get(key, options),
      () => store.range(key, { start: 0, end: 1 }, options),
      () => store.head(key, options),
      () => store.list(options),
      () => store.delete(key, options),
    ]
    for (const call of calls) await assert.rejects(call, (error) => error === reason)
    assert.equal(String(await bytesOf(store, key)), 'before')
  })

  check('[BS12] stores nothing when the signal fires while the body is sent', async (store) => {
    const controller = new AbortController()
    const reason = new Error('no longer wanted')
    const body = {
      sizeBytes: 200_000,
      repeatable: false,
      async *open() {
        yield Buffer.alloc(100_000)
        controller.abort(reason)
        yield Buffer.alloc(100_000)
      },
    }
    const put = store.put(key, body, { signal: controller.signal })
    await assert.rejects(put, (error) => error === reason)
    assert.equal(await store.head(key), undefined)
  })

  check('[BS12] ends an opened body when the signal fires', async (store) => {
    await store.put(key, Buffer.alloc(5_000_000))
    const controller = new AbortController()
    const reader = await store.get(key, { signal: controller.signal })
    controller.abort()
    await assert.rejects(allBytes(reader), { name: 'AbortError' })
  })
}

function presigning(name: string, open: () => Promise<BlobStore>): void {
  test(`${name}: [BS18] gives out URLs that work without credentials, or says that it has none`, async () => {
    await using store = await open()
    const { presigner } = store
    if (!presigner) return
    const put = await presigner.presignPut(key, { expiresInSeconds: 60 })
    const { url, headers } = put
    const stored = await fetch(url, { method: 'PUT', body: 'by URL', headers: { ...headers } })
    assert.ok(stored.ok)
    const get = await presigner.presignGet(key, { expiresInSeconds: 60, contentType: 'text/x-y' })
    const read = await fetch(get)
    assert.equal(await read.text(), 'by URL')
    assert.match(read.headers.get('content-type') ?? '', /^text\/x-y/)
    const other = new URL(get)
    other.pathname += '2'
    assert.ok(!(await fetch(other)).ok)
  })
}
