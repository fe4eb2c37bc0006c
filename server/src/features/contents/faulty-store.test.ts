import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import { openBlobStore, sha256Of, type Sha256 } from '@cloudsync/storage'
import type { StoreFault } from '@cloudsync/storage/testing/faulty-blob-store'
import { ProblemError } from '#platform/problem-error.ts'
import { listDamagedFiles, scrub, type ScrubReport } from './collector/scrubber.ts'
import { CorruptContentError } from './content-errors.ts'
import { readContentStats } from './content-stats.ts'
import { migrateStore } from './migrate-store.ts'
import { findContentFaults } from './testing/find-content-faults.ts'
import { openFaultyContents, type FaultyContents } from './testing/faulty-contents.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const corruptions = ['flip', 'shorten', 'swap'] as const satisfies readonly StoreFault[]

async function isHeld({ contents }: FaultyContents, bytes: Buffer): Promise<boolean> {
  return bytes.equals(await contents.get(await sha256Of(bytes)))
}

async function scrubAll(server: FaultyContents): Promise<ScrubReport> {
  server.clock.advance(1)
  return scrub(server, { maxPacks: 1_000, before: server.clock.now() })
}

/** Nobody lets go of these for so long. */
async function keep({ db, clock }: FaultyContents, contents: readonly Buffer[], days: number) {
  const hashes = await Promise.all(contents.map((bytes) => sha256Of(bytes)))
  await db.pool.query(
    `UPDATE contents SET leased_until = $1 WHERE encode(sha256, 'hex') = ANY($2)`,
    [new Date(clock.now().getTime() + days * dayMs), hashes],
  )
}

/** Many small contents in one pack, of which the first four stay: it becomes sparse. */
async function makeSparse(server: FaultyContents): Promise<Buffer[]> {
  const contents = Array.from({ length: 40 }, () => randomBytes(20_000))
  await server.contents.putAll(contents)
  const kept = contents.slice(0, 4)
  server.clock.advance(2 * dayMs)
  await keep(server, kept, 60)
  return kept
}

/** Contents go, then their chunks. */
async function collectLater(server: FaultyContents): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await server.collect()
    server.clock.advance(2 * hourMs)
  }
}

const seed = 20_261_126
test(`what is put over a line that fails once in ten is whole, or refused and nothing (seed ${seed})`, async () => {
  await using server = await openFaultyContents()
  const random = seededRandom(seed)
  const faults = ['refuse', 'lose', 'break'] as const
  let failed = 0
  server.faults.next = () => {
    if (random() >= 0.1) return undefined
    failed += 1
    return faults[Math.floor(random() * faults.length)]
  }
  const held: Buffer[] = []
  for (let round = 0; round < 24; round++) {
    const bytes = randomBytes(round % 3 ? 30_000 : 3_000_000)
    await server.contents.put(bytes)
    held.push(bytes)
    if (round % 3 === 2) server.clock.advance(dayMs)
    await keep(
      server,
      held.filter((_, index) => index % 2 === 0),
      60,
    )
    await server.collect()
  }
  const kept = held.filter((_, index) => index % 2 === 0)
  for (const bytes of kept) assert.ok(await isHeld(server, bytes))
  assert.ok(failed > 5, `${failed} calls failed`)
  server.faults.next = () => undefined
  assert.deepEqual(await findContentFaults(server.db, server.disk), [])
  assert.deepEqual((await scrubAll(server)).damaged, [])
})

test('a store that is gone for a minute refuses puts at once, which change nothing, and serves again', async () => {
  await using server = await openFaultyContents()
  const before = randomBytes(3_000_000)
  await server.contents.put(before)
  let calls = 0
  server.faults.next = () => {
    calls += 1
    return 'refuse'
  }
  const isUnavailable = (error: unknown) =>
    error instanceof ProblemError && error.code === 'unavailable'
  const attempts = Array.from({ length: 20 }, () => randomBytes(30_000))
  for (const bytes of attempts) {
    await assert.rejects(server.contents.put(bytes), isUnavailable)
    server.time.nowMs += 3_000
  }
  await assert.rejects(server.contents.get(await sha256Of(before)), isUnavailable)
  assert.ok(calls < 40, `${calls} calls in a minute: the breaker is open`)
  server.faults.next = () => undefined
  await assert.rejects(server.contents.put(attempts[0] ?? before), isUnavailable)
  server.time.nowMs += 10_000
  for (const bytes of attempts) {
    await server.contents.put(bytes)
    assert.ok(await isHeld(server, bytes))
  }
  assert.ok(await isHeld(server, before))
  assert.deepEqual(await findContentFaults(server.db, server.disk), [])
})

test('what a bad line has spoilt once is read again, and nothing is called damaged', async () => {
  for (const fault of corruptions) {
    await using server = await openFaultyContents()
    const bytes = randomBytes(3_000_000)
    await server.contents.put(bytes)
    await server.contents.put(randomBytes(1_000))
    let spoilt = 0
    server.faults.next = (operation) =>
      (operation === 'range' || operation === 'get') && spoilt++ === 0 ? fault : undefined
    assert.ok(await isHeld(server, bytes), fault)
    spoilt = 0
    assert.deepEqual((await scrubAll(server)).damaged, [], fault)
    assert.equal((await readContentStats(server.db)).damagedChunks, 0, fault)
  }
})

test('what a store spoils is never sent as a whole, is named, and is no longer when it was only the line', async () => {
  for (const fault of corruptions) {
    await using server = await openFaultyContents()
    const contents = [randomBytes(3_000_000), randomBytes(20_000)]
    for (const bytes of contents) await server.contents.put(bytes)
    server.faults.next = (operation) =>
      operation === 'range' || operation === 'get' ? fault : undefined
    for (const bytes of contents) await assertNeverWhole(server, await sha256Of(bytes))
    const { damaged } = await scrubAll(server)
    assert.ok(damaged.includes(await sha256Of(contents[1] ?? Buffer.alloc(0))), fault)
    assert.ok((await readContentStats(server.db)).damagedChunks > 1, fault)
    server.faults.next = () => undefined
    for (const bytes of contents) assert.ok(await isHeld(server, bytes), fault)
    assert.deepEqual((await scrubAll(server)).damaged, [])
    assert.equal((await readContentStats(server.db)).damagedChunks, 0)
    assert.deepEqual(await listDamagedFiles(server.db), [])
  }
})

async function assertNeverWhole({ contents }: FaultyContents, sha256: Sha256): Promise<void> {
  const { body, sizeBytes } = await contents.open(sha256)
  let seenBytes = 0
  const read = async () => {
    for await (const bytes of body as AsyncIterable<Uint8Array>) seenBytes += bytes.byteLength
  }
  await assert.rejects(read(), CorruptContentError)
  assert.ok(seenBytes < sizeBytes)
}

test('repacking writes nothing down that a store has spoilt', async () => {
  for (const fault of corruptions) {
    await using server = await openFaultyContents()
    const kept = await makeSparse(server)
    server.faults.next = (operation) => (operation === 'range' ? fault : undefined)
    await collectLater(server)
    server.faults.next = () => undefined
    server.clock.advance(8 * dayMs)
    await collectLater(server)
    for (const bytes of kept) assert.ok(await isHeld(server, bytes), fault)
    await scrubAll(server)
    assert.equal((await readContentStats(server.db)).damagedChunks, 0)
    assert.deepEqual(await findContentFaults(server.db, server.disk), [])
  }
})

test('a pack that is gone holds no collection up, and what was in it is named', async () => {
  await using server = await openFaultyContents()
  const [lost = Buffer.alloc(0)] = await makeSparse(server)
  const [pack] = (await server.disk.list()).items
  assert.ok(pack)
  await server.disk.delete(pack.key)
  const garbage = randomBytes(3_000_000)
  await server.contents.put(garbage)
  for (let round = 0; round < 3; round++) {
    await collectLater(server)
    server.clock.advance(8 * dayMs)
  }
  await assert.rejects(server.contents.get(await sha256Of(garbage)))
  assert.deepEqual((await server.disk.list()).items, [], 'what nothing names is gone')
  assert.equal((await readContentStats(server.db)).damagedChunks, 4)
  await server.contents.put(lost)
  assert.ok(await isHeld(server, lost))
  assert.equal((await readContentStats(server.db)).damagedChunks, 3)
  assert.deepEqual(await findContentFaults(server.db), [])
})

test('deletions and listings that fail half way take nothing that is named', async () => {
  await using server = await openFaultyContents()
  const random = seededRandom(seed)
  const kept = [...(await makeSparse(server)), randomBytes(2_000_000)]
  await server.contents.put(kept[4] ?? Buffer.alloc(0))
  await keep(server, kept, 400)
  server.faults.next = (operation) => {
    if (operation !== 'delete' && operation !== 'list') return undefined
    return random() < 0.9 ? (['refuse', 'lose'] as const)[Math.floor(random() * 2)] : undefined
  }
  let failed = 0
  for (let round = 0; round < 12; round++) {
    await server.contents.put(randomBytes(30_000))
    await server.collect().catch(() => (failed += 1))
    server.clock.advance(5 * dayMs)
    server.time.nowMs += 10_000
  }
  assert.ok(failed > 2, `${failed} collections failed`)
  server.faults.next = () => undefined
  await collectLater(server)
  server.clock.advance(8 * dayMs)
  await server.collect()
  for (const bytes of kept) assert.ok(await isHeld(server, bytes))
  assert.deepEqual(await findContentFaults(server.db, server.disk), [])
  const { rows } = await server.db.pool.query('SELECT FROM packs')
  assert.equal((await server.disk.list()).items.length, rows.length, 'nothing is left over')
})

test('a store is copied over a line that fails once in ten, and spoils once in twenty', async () => {
  await using server = await openFaultyContents()
  await using to = await openBlobStore({ kind: 'memory' })
  const random = seededRandom(seed)
  const contents = Array.from({ length: 30 }, () => randomBytes(100_000))
  for (const bytes of contents) await server.contents.put(bytes)
  server.faults.next = () => {
    if (random() < 0.1) return (['refuse', 'lose', 'break'] as const)[Math.floor(random() * 3)]
    return random() < 0.05 ? corruptions[Math.floor(random() * 3)] : undefined
  }
  const { copied, kept } = await migrateStore({ from: server.store, to })
  assert.equal(copied + kept, 30)
  await using moved = server.openAnother(to)
  for (const bytes of contents)
    assert.ok(bytes.equals(await moved.contents.get(await sha256Of(bytes))))
})

test('a store is copied while the collector takes some of it away', async () => {
  await using server = await openFaultyContents()
  await using to = await openBlobStore({ kind: 'memory' })
  const contents = Array.from({ length: 6 }, () => randomBytes(100_000))
  for (const bytes of contents) await server.contents.put(bytes)
  const { items } = await server.disk.list()
  const { copied } = await migrateStore({
    from: server.store,
    to,
    onProgress: async ({ copied: done }) => {
      const next = items[done]
      if (done % 2 === 1 && next) await server.disk.delete(next.key)
    },
  })
  assert.equal(copied, (await to.list()).items.length)
  assert.ok(copied < 6)
})
