import assert from 'node:assert/strict'
import { blobKey } from '../src/blob-key.ts'
import type { BlobKey } from '../src/blob-key.ts'
import type { BlobInfo, BlobStore } from '../src/blob-store.ts'
import { InvalidBlobKeyError } from '../src/blob-store-errors.ts'
import { bytesOf } from './blob-bodies.ts'
import type { Check } from './blob-store-contract.ts'

/** What a hostile or careless caller may try. Each is one that some store would fold, split or escape. */
const hostileKeys = [
  '',
  '.',
  '..',
  '/',
  '/etc/passwd',
  'a/',
  'a//b',
  '../a',
  'a/../b',
  'a/..',
  './a',
  'a/.b',
  'a.',
  'a/b./c',
  '-a',
  'a-',
  'A',
  'a b',
  'a\\b',
  'a\0b',
  'a\n',
  'a_b',
  'a=b',
  '=ab/abc',
  'a%2fb',
  '%2e%2e/a',
  'a?b',
  'a#b',
  'a*',
  'c:a',
  'ü',
  'u\u0308',
  'ａ',
  'ı',
  '\u{1f4a9}',
  '\ud800',
  '\u202ea',
  'a'.repeat(201),
  `${'a'.repeat(100)}/`.repeat(6) + 'a',
] as const

/** The part of `blobStoreContract` that concerns keys. */
export function blobKeyContract(check: Check): void {
  check('[BS4] refuses keys outside the alphabet in every method', async (store) => {
    for (const hostile of hostileKeys) {
      const bad = hostile as BlobKey
      const upload = { key: bad, uploadId: 'x' }
      const calls: (() => Promise<unknown>)[] = [
        () => store.put(bad, Buffer.from('x')),
        () => store.get(bad),
        () => store.range(bad, { start: 0, end: 1 }),
        () => store.head(bad),
        () => store.delete(bad),
        () => store.multipart.create(bad),
        () => store.multipart.putPart(upload, 1, Buffer.from('x')),
        () => store.multipart.complete(upload, []),
        () => store.multipart.abort(upload),
      ]
      for (const call of calls)
        await assert.rejects(call, InvalidBlobKeyError, JSON.stringify(hostile))
    }
    assert.deepEqual((await store.list()).items, [])
  })

  check('[BS4] refuses prefixes that no key can begin with', async (store) => {
    for (const prefix of ['/', '../', 'a//', 'A', 'ü', '.', 'a/./', '*', '=', 'a'.repeat(513)])
      await assert.rejects(store.list({ prefix }), InvalidBlobKeyError, prefix)
  })

  check('[BS5] holds keys that begin with one another side by side', async (store) => {
    const names = sideBySide()
    for (const name of names) await store.put(blobKey(name), Buffer.from(name))
    for (const name of names) assert.equal(String(await bytesOf(store, blobKey(name))), name)
    await store.delete(blobKey('a'))
    assert.equal(await store.head(blobKey('a')), undefined)
    for (const name of names.slice(1)) assert.ok(await store.head(blobKey(name)), name)
  })
}

/** Keys where directories, shards and separators could get into each other's way; in no order. */
function sideBySide(): string[] {
  const longSegment = 'z'.repeat(200)
  const longest = `${longSegment}/${longSegment}/${'y'.repeat(110)}`
  const short = [
    'a',
    'a/b',
    'a/b/c',
    'a-b',
    'a.b',
    'ab',
    'ab/a',
    'ab-d',
    'ab.c/d',
    'ab/ab',
    'abc',
    'abc/d',
  ]
  return [...short, 'a/bc', 'a/b-c', 'a.b/c', '0', '9z', 'a0', 'a0/1', 'aa', 'b', longest]
}

/** The part of `blobStoreContract` that concerns listing. */
export function blobListingContract(check: Check): void {
  check('[BS9] lists an empty store as empty', async (store) => {
    assert.deepEqual(await store.list(), { items: [], nextCursor: undefined })
  })

  check('[BS9] lists every key once and in order, over pages of any size', async (store) => {
    const names = sideBySide()
    for (const name of names) await store.put(blobKey(name), Buffer.from(name))
    const expected = [...names].sort()
    for (const limit of [1, 2, 3, 7, names.length, 1_000]) {
      const items = await listAll(store, '', limit)
      assert.deepEqual(
        items.map((item) => item.key),
        expected,
        `pages of ${limit}`,
      )
      assert.deepEqual(
        items.map((item) => item.sizeBytes),
        expected.map((name) => name.length),
      )
    }
  })

  check('[BS9] lists only what begins with the prefix', async (store) => {
    const names = sideBySide()
    for (const name of names) await store.put(blobKey(name), Buffer.from('x'))
    for (const prefix of [
      'a',
      'a/',
      'a/b',
      'a/b/',
      'ab',
      'ab-',
      'ab.',
      'abc/',
      'zz',
      'nothing',
      'a/b/c/d',
    ]) {
      const expected = names.filter((name) => name.startsWith(prefix)).sort()
      for (const limit of [1, 3, 1_000]) {
        const found = (await listAll(store, prefix, limit)).map((item) => item.key)
        assert.deepEqual(found, expected, `${prefix}, pages of ${limit}`)
      }
    }
  })

  check('[BS9] goes on after a page whose last key was deleted', async (store) => {
    for (const name of ['a/1', 'a/2', 'a/3']) await store.put(blobKey(name), Buffer.from('x'))
    const first = await store.list({ limit: 2 })
    await store.delete(blobKey('a/2'))
    assert.ok(first.nextCursor !== undefined)
    const second = await store.list({ limit: 2, cursor: first.nextCursor })
    assert.deepEqual(
      second.items.map((item) => item.key),
      ['a/3'],
    )
  })

  check('[BS9] refuses a limit outside 1 to 1,000', async (store) => {
    for (const limit of [0, -1, 1_001, 1.5, NaN])
      await assert.rejects(store.list({ limit }), RangeError)
  })
}

async function listAll(store: BlobStore, prefix: string, limit: number): Promise<BlobInfo[]> {
  const items: BlobInfo[] = []
  for (let cursor: string | undefined; ;) {
    const page = await store.list({ prefix, limit, ...(cursor === undefined ? {} : { cursor }) })
    assert.ok(page.items.length <= limit)
    items.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) return items
  }
}
