import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openBlobStore, sha256Of } from '@cloudsync/storage'
import { mountSmallDisk } from '@cloudsync/storage/testing/small-disk'
import { inTransaction } from '#platform/db/transaction.ts'
import { findContentFaults } from './testing/find-content-faults.ts'
import { openTestContents, type TestContents } from './testing/open-test-contents.ts'

const diskMegabytes = 24
const dayMs = 24 * 3_600_000
const isFull = { code: 'storage_full' }

/** Stores until there is no room; gives what was stored. */
async function fill({ contents }: TestContents, sizeBytes: number): Promise<Buffer[]> {
  const stored: Buffer[] = []
  for (;;) {
    const bytes = randomBytes(sizeBytes)
    try {
      await contents.put(bytes)
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'storage_full', String(error))
      return stored
    }
    stored.push(bytes)
  }
}

async function assertHeld(server: TestContents, stored: readonly Buffer[]): Promise<void> {
  for (const bytes of stored)
    assert.ok(bytes.equals(await server.contents.get(await sha256Of(bytes))))
  assert.deepEqual(await findContentFaults(server.db, server.store), [])
}

async function* once(bytes: Buffer) {
  yield bytes
}

/** Makes room within the days for which a draft is kept. */
async function freeAll(server: TestContents): Promise<void> {
  for (const table of ['contents', 'manifests', 'chunks']) {
    await server.db.pool.query(`UPDATE ${table} SET leased_until = 'epoch'`)
    await server.collect()
  }
  await server.db.pool.query(`UPDATE packs SET unused_since = 'epoch' WHERE unused_since > 'epoch'`)
  await server.collect()
}

async function occupyRest(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  await writeFile(join(directory, 'of somebody else'), Buffer.alloc(Math.max(0, bavail * bsize)))
}

async function collectAll(server: TestContents): Promise<void> {
  for (let round = 0; round < 4; round++) {
    server.clock.advance(8 * dayMs)
    await server.collect()
  }
}

test('a full disk refuses contents and leaves nothing of them, and takes them when there is room', async (context) => {
  const disk = await mountSmallDisk(diskMegabytes)
  if ('skip' in disk) return context.skip(disk.skip)
  await using store = await openBlobStore({ kind: 'file', ...disk })
  await using server = await openTestContents(store)
  const stored = await fill(server, 3_000_000)
  assert.ok(stored.length > 3)
  const refused = randomBytes(4_000_000)
  await assert.rejects(server.contents.put(refused), isFull)
  await assert.rejects(server.contents.get(await sha256Of(refused)))
  assert.deepEqual(await readdir(join(disk.directory, 'tmp')), [])
  const { rows } = await server.db.pool.query<{ id: string }>('SELECT id FROM packs')
  assert.equal((await store.list()).items.length, rows.length, 'every object is in the index')
  await assertHeld(server, stored)
  await collectAll(server)
  assert.deepEqual((await store.list()).items, [])
  await server.contents.put(refused)
  await assertHeld(server, [refused])
})

test('a draft keeps what it has when the disk is full, and goes on when there is room', async (context) => {
  const disk = await mountSmallDisk(diskMegabytes)
  if ('skip' in disk) return context.skip(disk.skip)
  await using store = await openBlobStore({ kind: 'file', ...disk })
  await using server = await openTestContents(store)
  const { drafts } = server.contents
  await fill(server, 3_000_000)
  const id = await inTransaction(server.db, (tx) => drafts.create(tx))
  const parts = [randomBytes(100), randomBytes(6_000_000)] as const
  await drafts.append(id, 0, once(parts[0]))
  await assert.rejects(drafts.append(id, parts[0].length, once(parts[1])), isFull)
  assert.equal((await drafts.find(id))?.sizeBytes, parts[0].length)
  await freeAll(server)
  await drafts.append(id, parts[0].length, once(parts[1]))
  await drafts.finish(id)
  await assertHeld(server, [Buffer.concat(parts)])
})

test('a collection on a full disk frees what it can, loses nothing, and repacks when there is room', async (context) => {
  const disk = await mountSmallDisk(diskMegabytes)
  if ('skip' in disk) return context.skip(disk.skip)
  await using store = await openBlobStore({ kind: 'file', ...disk })
  await using server = await openTestContents(store)
  const contents = Array.from({ length: 200 }, () => randomBytes(50_000))
  await server.contents.put(randomBytes(1_000_000))
  const [unused] = (await store.list()).items
  await server.contents.putAll(contents)
  const kept = contents.filter((_, index) => index % 4 === 0)
  const hashes = await Promise.all(kept.map((bytes) => sha256Of(bytes)))
  await server.db.pool.query(
    `UPDATE contents SET leased_until = $1 WHERE encode(sha256, 'hex') = ANY($2)`,
    [new Date(server.clock.now().getTime() + 400 * dayMs), hashes],
  )
  await occupyRest(disk.directory)
  let refused = 0
  for (let round = 0; round < 6; round++) {
    server.clock.advance(2 * dayMs)
    await server.collect().catch(() => (refused += 1))
    await assertHeld(server, kept)
  }
  assert.ok(refused > 3, 'there was room to repack')
  assert.ok(unused)
  assert.equal(await store.head(unused.key), undefined, 'what nothing names stays on a full disk')
  await writeFile(join(disk.directory, 'of somebody else'), '')
  await collectAll(server)
  await assertHeld(server, kept)
  const storedBytes = (await store.list()).items.reduce((sum, item) => sum + item.sizeBytes, 0)
  assert.ok(storedBytes < kept.length * 55_000, String(storedBytes))
})
