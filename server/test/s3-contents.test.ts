import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openBlobStore, sha256Of, type BlobStore } from '@cloudsync/storage'
import { FaultyProxy } from '@cloudsync/storage/testing/faulty-proxy'
import { findS3Service } from '@cloudsync/storage/testing/s3-service'
import { migrateStore, scrub } from '#features/contents/index.ts'
import { findContentFaults } from '#features/contents/testing/find-content-faults.ts'
import {
  openTestContents,
  type TestContents,
} from '#features/contents/testing/open-test-contents.ts'

const dayMs = 24 * 3_600_000

async function isHeld({ contents }: Pick<TestContents, 'contents'>, bytes: Buffer) {
  return bytes.equals(await contents.get(await sha256Of(bytes)))
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

async function keep({ db, clock }: TestContents, contents: readonly Buffer[]): Promise<void> {
  const hashes = await Promise.all(contents.map((bytes) => sha256Of(bytes)))
  await db.pool.query(
    `UPDATE contents SET leased_until = $1 WHERE encode(sha256, 'hex') = ANY($2)`,
    [new Date(clock.now().getTime() + 400 * dayMs), hashes],
  )
}

async function scrubAll(server: TestContents) {
  server.clock.advance(1)
  return scrub(server, { maxPacks: 1_000, before: server.clock.now() })
}

async function countObjects(store: BlobStore): Promise<number> {
  return (await store.list({ prefix: 'packs/' })).items.length
}

const service = await findS3Service()
if (service) {
  const openS3 = (to: URL) =>
    openBlobStore({
      ...service,
      kind: 's3',
      host: to.hostname,
      port: Number(to.port),
      folder: randomUUID(),
    })
  const url = new URL(`http://${service.host}:${service.port}`)

  test('contents are put, read, collected and repacked in an S3 store', async () => {
    await using store = await openS3(url)
    await using server = await openTestContents(store)
    const large = randomBytes(9_000_000)
    const small = Array.from({ length: 40 }, () => randomBytes(20_000))
    await server.contents.putStream(inPieces(large))
    await server.contents.putAll(small)
    const { body } = await server.contents.open(await sha256Of(large), {
      start: 5_000_000,
      end: 5_000_100,
    })
    const part = Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>))
    assert.ok(part.equals(large.subarray(5_000_000, 5_000_100)))
    const kept = small.slice(0, 4)
    await keep(server, kept)
    for (let round = 0; round < 6; round++) {
      server.clock.advance(4 * dayMs)
      await server.collect()
    }
    for (const bytes of kept) assert.ok(await isHeld(server, bytes))
    assert.equal(await countObjects(store), 1, 'what is left lies in one pack')
    assert.deepEqual(await findContentFaults(server.db, store), [])
    assert.deepEqual((await scrubAll(server)).damaged, [])
  })

  test('a store on disk is copied to an S3 store, goes on there, and is read back', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cloudsync-moving-'))
    after(() => rm(directory, { recursive: true, force: true }))
    await using from = await openBlobStore({ kind: 'file', directory })
    await using to = await openS3(url)
    await using server = await openTestContents(from)
    const contents = Array.from({ length: 4 }, () => randomBytes(300_000))
    for (const bytes of contents) await server.contents.put(bytes)
    const stop = () => {
      throw new Error('broken off')
    }
    await assert.rejects(migrateStore({ from, to, onProgress: stop }), /broken off/)
    const { copied, kept } = await migrateStore({ from, to })
    assert.deepEqual([copied, kept], [3, 1])
    await using moved = server.openAnother(to)
    for (const bytes of contents) assert.ok(await isHeld(moved, bytes))
    assert.deepEqual(await findContentFaults(server.db, to), [])
  })

  test('contents are whole while a request in ten to an S3 store fails', async () => {
    await using proxy = await FaultyProxy.open(url)
    await using store = await openS3(proxy.url)
    await using server = await openTestContents(store)
    const faults = ['error', 'refuse', 'lose', 'cut'] as const
    let failed = 0
    proxy.fault = (number) => (number % 10 === 0 ? faults[failed++ % faults.length] : undefined)
    const contents = Array.from({ length: 24 }, (_, index) => randomBytes(1_000 + index * 20_000))
    for (const bytes of contents) {
      await server.contents.put(bytes)
      assert.ok(await isHeld(server, bytes))
    }
    await keep(server, contents)
    server.clock.advance(8 * dayMs)
    await server.collect()
    assert.deepEqual((await scrubAll(server)).damaged, [])
    assert.ok(failed > 5, `${failed} requests failed`)
    proxy.fault = () => undefined
    assert.deepEqual(await findContentFaults(server.db, store), [])
  })
}
