import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import { sha256Of } from '@cloudsync/storage'
import { inTransaction } from '#platform/db/transaction.ts'
import { findContentFaults } from '../testing/find-content-faults.ts'
import { openTestContents, type TestContents } from '../testing/open-test-contents.ts'
import { collectContents, collectDrafts, collectManifests } from './collect-contents.ts'
import { collectChunks, deletePacks, deleteStrayPacks, noteUnusedPacks } from './collect-packs.ts'
import { repack } from './repacker.ts'
import { scrub } from './scrubber.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const rounds = 6

/** One that does not know that another works: its connection with the lock has broken. */
async function collectUnlocked(server: TestContents): Promise<void> {
  const options = { ...server, backupWindowMs: 0 }
  await collectContents(options)
  await collectDrafts(options)
  await collectManifests(options)
  await collectChunks(options)
  await noteUnusedPacks(options)
  await deletePacks(options)
  await deleteStrayPacks(options)
  await repack(options)
}

async function* inPieces(bytes: Buffer, random: () => number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Math.floor(random() * bytes.length)
    yield bytes.subarray(at, end)
    at = end
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** By a draft, in parts. */
async function putDraft({ db, contents: { drafts } }: TestContents, bytes: Buffer, at: number) {
  const id = await inTransaction(db, (tx) => drafts.create(tx))
  await drafts.append(id, 0, once(bytes.subarray(0, at)))
  await drafts.append(id, at, once(bytes.subarray(at)))
  await drafts.finish(id)
}

/** A lease that ends under an upload makes it fail, and nothing worse. */
async function unlessUnavailable(put: Promise<unknown>): Promise<boolean> {
  try {
    await put
    return true
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'unavailable', String(error))
    return false
  }
}

for (const seed of [1, 2])
  test(`two collectors at once take nothing that is revived meanwhile (seed ${seed})`, async () => {
    await using server = await openTestContents()
    await using another = server.openAnother()
    const random = seededRandom(seed)
    const sizes = [900, 40_000, 700_000]
    const pool = Array.from({ length: 9 }, (_, index) => randomBytes(sizes[index % 3] ?? 1))
    for (let round = 0; round < rounds; round++) {
      const held: Buffer[] = []
      const work = Array.from({ length: 10 }, async (_, index) => {
        if (index < 3) return collectUnlocked(server)
        const { contents } = random() < 0.5 ? server : another
        const old = pool[Math.floor(random() * pool.length)] ?? Buffer.alloc(0)
        const bytes = random() < 0.8 ? old : Buffer.concat([old, randomBytes(300)])
        const way = random()
        const at = Math.floor(random() * bytes.length)
        const put =
          way < 0.4
            ? contents.putStream(inPieces(bytes, random))
            : way < 0.7
              ? contents.putAll([bytes, bytes])
              : putDraft({ ...server, contents }, bytes, at)
        if (await unlessUnavailable(put)) held.push(bytes)
        return undefined
      })
      await Promise.all(work)
      for (const bytes of held)
        assert.ok(bytes.equals(await server.contents.get(await sha256Of(bytes))), `round ${round}`)
      assert.deepEqual(await findContentFaults(server.db, server.store), [])
      server.clock.advance(random() < 0.5 ? 2 * hourMs : 9 * dayMs)
    }
    const limits = { maxPacks: 1_000, before: server.clock.now() }
    assert.deepEqual((await scrub(server, limits)).damaged, [])
  })

test('a collector whose connection breaks lets another lead, and both together take nothing that is named', async () => {
  await using server = await openTestContents()
  await using another = server.openAnother()
  const kept = Array.from({ length: 20 }, () => randomBytes(3_000))
  await server.contents.putAll(Array.from({ length: 20 }, () => randomBytes(3_000)))
  server.clock.advance(2 * hourMs)
  await server.contents.putAll(kept)
  const first = server.collect()
  // Whoever holds the lock, as far as one is taken yet; other tests have databases of their own beside it.
  await server.db.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND objid = 7263001 AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  const outcomes = await Promise.allSettled([first, another.collect()])
  assert.ok(outcomes.some(({ status }) => status === 'fulfilled'))
  for (const bytes of kept)
    assert.ok(bytes.equals(await server.contents.get(await sha256Of(bytes))))
  assert.deepEqual(await findContentFaults(server.db, server.store), [])
})
