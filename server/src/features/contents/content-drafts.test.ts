import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import { deriveSealKey, seal, sha256Of } from '@cloudsync/storage'
import { inTransaction } from '#platform/db/transaction.ts'
import { maxAtomicBytes } from './content-drafts.ts'
import { openFaultyContents } from './testing/faulty-contents.ts'
import { openTestContents, type TestContents } from './testing/open-test-contents.ts'

const create = ({ db, contents }: TestContents) =>
  inTransaction(db, (tx) => contents.drafts.create(tx))

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function isRead({ contents }: TestContents, content: Uint8Array): Promise<boolean> {
  const { body } = await contents.open(await sha256Of(content))
  return Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>)).equals(content)
}

const seed = 20_261_128
test(`a draft in parts of any size becomes the content of all, on any server (seed ${seed})`, async () => {
  await using server = await openTestContents()
  await using another = server.openAnother()
  const random = seededRandom(seed)
  for (const size of [0, 1, 70_000, 1_300_000, 9_000_000]) {
    const content = randomBytes(size)
    const id = await create(server)
    let at = 0
    while (at < size) {
      const end = Math.min(size, at + 1 + Math.floor(random() * size * 0.6))
      const { drafts } = random() < 0.5 ? server.contents : another.contents
      assert.equal(await drafts.append(id, at, once(content.subarray(at, end))), end)
      at = end
      assert.equal((await drafts.find(id))?.sizeBytes, at)
    }
    const finished = await server.contents.drafts.finish(id)
    assert.equal(finished.sha256, await sha256Of(content))
    assert.equal(finished.sizeBytes, size)
    assert.ok(await isRead(server, content))
    assert.equal(await server.contents.drafts.find(id), undefined)
  }
})

test('nothing of a draft can be read in the database', async () => {
  await using server = await openTestContents()
  const id = await create(server)
  await server.contents.drafts.append(id, 0, once(Buffer.from('a secret '.repeat(100))))
  const { rows } = await server.db.pool.query<{ tail: Buffer }>('SELECT tail FROM content_drafts')
  assert.ok((rows[0]?.tail.byteLength ?? 0) > 900)
  assert.equal(rows[0]?.tail.includes('secret'), false)
})

test('a draft that has more uncut than it would have now goes on', async () => {
  await using server = await openTestContents()
  const content = randomBytes(1_900_000)
  for (const appends of [true, false]) {
    const id = await create(server)
    const kept = content.subarray(0, appends ? 1_000_000 : 1_900_000)
    const { id: keyId, key } = server.keys.current
    const tail = Buffer.from(seal(deriveSealKey(key, `draft:${id}`), kept, Buffer.from('tail')))
    await server.db.kysely
      .updateTable('content_drafts')
      .set({ size_bytes: kept.byteLength, tail, key_id: keyId })
      .where('id', '=', id)
      .execute()
    if (appends)
      await server.contents.drafts.append(id, kept.byteLength, once(content.subarray(1_000_000)))
    assert.equal((await server.contents.drafts.finish(id)).sha256, await sha256Of(content))
    assert.ok(await isRead(server, content))
  }
})

test('what came before a source failed is kept', async () => {
  await using server = await openTestContents()
  const content = randomBytes(6_000_000)
  const id = await create(server)
  async function* failing() {
    yield content.subarray(0, 4_999_999)
    throw new Error('the line was cut')
  }
  await assert.rejects(server.contents.drafts.append(id, 0, failing()), /the line was cut/)
  const draft = await server.contents.drafts.find(id)
  assert.equal(draft?.sizeBytes, 4_999_999)
  await server.contents.drafts.append(id, 4_999_999, once(content.subarray(4_999_999)))
  await server.contents.drafts.finish(id)
  assert.ok(await isRead(server, content))
})

test('what comes while what came before is saved is saved as well', async () => {
  await using server = await openTestContents()
  const content = randomBytes(3 * maxAtomicBytes)
  const id = await create(server)
  const keptBytes = content.byteLength - 12_345
  async function* failing() {
    for (let at = 0; at < keptBytes; at += 999_999)
      yield content.subarray(at, Math.min(keptBytes, at + 999_999))
    throw new Error('the line was cut')
  }
  await assert.rejects(server.contents.drafts.append(id, 0, failing()), /the line was cut/)
  assert.equal((await server.contents.drafts.find(id))?.sizeBytes, keptBytes)
  await using another = server.openAnother()
  await another.contents.drafts.append(id, keptBytes, once(content.subarray(keptBytes)))
  await another.contents.drafts.finish(id)
  assert.ok(await isRead(server, content))
})

test('what a save could not make durable is not kept, and what was saved before it is', async () => {
  await using server = await openFaultyContents()
  const content = randomBytes(4 * maxAtomicBytes)
  const id = await create(server)
  let taken = 0
  async function* source() {
    for (; taken < content.byteLength; taken += 1_000_000) {
      if (taken > 2 * maxAtomicBytes) server.faults.next = () => 'refuse'
      yield content.subarray(taken, taken + 1_000_000)
    }
  }
  await assert.rejects(server.contents.drafts.append(id, 0, source()), { code: 'unavailable' })
  assert.ok(taken < content.byteLength)
  server.faults.next = () => undefined
  // The breaker lets one through first.
  server.time.nowMs += 60_000
  await server.contents.put(Buffer.from('a small one'))
  const kept = (await server.contents.drafts.find(id))?.sizeBytes ?? 0
  assert.ok(kept >= maxAtomicBytes && kept < taken, `${kept}`)
  await server.contents.drafts.append(id, kept, once(content.subarray(kept)))
  await server.contents.drafts.finish(id)
  assert.ok(await isRead(server, content))
})

test('an offset that is another than the size is refused, and so is the second of two at once', async () => {
  await using server = await openTestContents()
  const { drafts } = server.contents
  const content = randomBytes(2_000_000)
  const id = await create(server)
  await assert.rejects(drafts.append(id, 5, once(content)), { code: 'upload_conflict' })
  const outcomes = await Promise.allSettled([
    drafts.append(id, 0, once(content)),
    drafts.append(id, 0, once(content)),
  ])
  assert.deepEqual(outcomes.map((outcome) => outcome.status).toSorted(), ['fulfilled', 'rejected'])
  await drafts.finish(id)
  assert.ok(await isRead(server, content))
  await assert.rejects(drafts.append(id, 0, once(content)), { code: 'not_found' })
})

test('a content that is refused when it is whole stays a draft, and a draft that is dropped is collected', async () => {
  await using server = await openTestContents()
  const { drafts } = server.contents
  const id = await create(server)
  const content = randomBytes(3_000_000)
  await drafts.append(id, 0, once(content))
  const verify = () => {
    throw new Error('another was announced')
  }
  await assert.rejects(drafts.finish(id, { verify }), /announced/)
  assert.equal((await drafts.find(id))?.sizeBytes, content.byteLength)
  assert.ok(Buffer.concat(await Array.fromAsync(drafts.read(id))).equals(content))
  await drafts.remove(id)
  for (let round = 0; round < 3; round++) {
    server.clock.advance(8 * 24 * 3_600_000)
    await server.collect()
  }
  assert.deepEqual((await server.store.list()).items, [])
})

test('what is added all or not at all is not kept when its source fails, nor when it is too long', async () => {
  await using server = await openTestContents()
  const { drafts } = server.contents
  const id = await create(server)
  const content = randomBytes(3_000_000)
  await drafts.append(id, 0, once(content))
  async function* failing() {
    yield randomBytes(2_000_000)
    throw new Error('the checksum is wrong')
  }
  const isAtomic = true
  await assert.rejects(drafts.append(id, 3_000_000, failing(), { isAtomic }), /checksum/)
  const tooLong = once(Buffer.alloc(maxAtomicBytes + 1))
  await assert.rejects(drafts.append(id, 3_000_000, tooLong, { isAtomic }), { code: 'too_large' })
  assert.equal((await drafts.find(id))?.sizeBytes, 3_000_000)
  const rest = randomBytes(maxAtomicBytes)
  await drafts.append(id, 3_000_000, once(rest), { isAtomic })
  await drafts.finish(id)
  assert.ok(await isRead(server, Buffer.concat([content, rest])))
})

test('a draft that nobody goes on with is dropped; a content that was one stays as long', async () => {
  await using server = await openTestContents()
  const { drafts } = server.contents
  const [left, finished] = [await create(server), await create(server)]
  const content = randomBytes(2_000_000)
  await drafts.append(left, 0, once(randomBytes(2_000_000)))
  await drafts.append(finished, 0, once(content))
  await drafts.finish(finished)
  server.clock.advance(6 * 24 * 3_600_000)
  await server.collect()
  assert.ok(await drafts.find(left))
  assert.ok(await isRead(server, content))
  server.clock.advance(2 * 24 * 3_600_000)
  await server.collect()
  assert.equal(await drafts.find(left), undefined)
  await assert.rejects(isRead(server, content))
})
