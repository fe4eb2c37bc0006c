import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sha256Of } from '@cloudsync/storage'
import { inTransaction } from '#platform/db/transaction.ts'
import { findContentFaults } from './testing/find-content-faults.ts'
import { openTestContents, type TestContents } from './testing/open-test-contents.ts'

const hourMs = 3_600_000
const megabyte = 1024 * 1024

const newPieces = (count: number) => Array.from({ length: count }, () => randomBytes(megabyte))
/** Quickly stored, however long it is. */
const samePieces = (count: number) => Array<Buffer>(count).fill(randomBytes(megabyte))
const collectEvery = 8

/** So slow that what is read ahead, which is 12 of them, comes in less time than half a lease: no store is slower than such a line. */
const slowPieces = 75
const slowMs = 2.5 * hourMs

/** Passes the pieces on over so much time, while the collector runs. */
async function* slowly(server: TestContents, pieces: readonly Buffer[], durationMs: number) {
  for (const [index, piece] of pieces.entries()) {
    yield piece
    server.clock.advance(durationMs / pieces.length)
    if (index % collectEvery === 0) await server.collect()
  }
}

async function assertWhole(server: TestContents, pieces: readonly Buffer[]): Promise<void> {
  const whole = Buffer.concat(pieces)
  const { body } = await server.contents.open(await sha256Of(whole))
  let at = 0
  for await (const bytes of body as AsyncIterable<Buffer>) {
    assert.ok(bytes.equals(whole.subarray(at, at + bytes.length)), `the bytes from ${at}`)
    at += bytes.length
  }
  assert.equal(at, whole.length)
  assert.deepEqual(await findContentFaults(server.db, server.store), [])
}

test('an upload over a slow line is whole, though it takes longer than any lease', async () => {
  await using server = await openTestContents()
  const pieces = newPieces(slowPieces)
  await server.contents.putStream(slowly(server, pieces, slowMs))
  await assertWhole(server, pieces)
})

test('a part of a draft over a slow line is kept, though it takes longer than any lease', async () => {
  await using server = await openTestContents()
  const pieces = newPieces(slowPieces)
  const { drafts } = server.contents
  const id = await inTransaction(server.db, (tx) => drafts.create(tx))
  await drafts.append(id, 0, slowly(server, pieces, slowMs))
  await drafts.finish(id)
  await assertWhole(server, pieces)
})

test('an upload that nothing moves for longer than a lease fails and leaves nothing, or is whole', async () => {
  await using server = await openTestContents()
  const pieces = samePieces(400)
  async function* standingStill() {
    yield* pieces.slice(0, 350)
    // What is written down by now is taken away while the line is silent, and then its chunks.
    for (let count = 0; count < 2; count++) {
      server.clock.advance(3 * hourMs)
      await server.collect()
    }
    yield* pieces.slice(350)
  }
  // Which it is depends on whether what came before the silence was still being written down.
  const [outcome] = await Promise.allSettled([server.contents.putStream(standingStill())])
  if (outcome?.status === 'rejected') {
    assert.equal((outcome.reason as { code?: string }).code, 'unavailable')
    const { rows } = await server.db.pool.query('SELECT FROM contents')
    assert.equal(rows.length, 0)
  } else await assertWhole(server, pieces)
  assert.deepEqual(await findContentFaults(server.db, server.store), [])
  await server.contents.putStream(slowly(server, pieces, 0))
  await assertWhole(server, pieces)
  const pages = await server.db.pool.query('SELECT FROM manifest_pages')
  assert.ok(pages.rows.length > 1, 'it has more than one page')
})

test('a draft keeps what it holds until it is dropped itself', async () => {
  await using server = await openTestContents()
  const pieces = newPieces(3)
  const { drafts } = server.contents
  const id = await inTransaction(server.db, (tx) => drafts.create(tx))
  await drafts.append(id, 0, slowly(server, pieces, 0))
  // As if its manifest had been leased a little earlier than the draft was touched.
  await server.db.pool.query(`UPDATE manifests SET leased_until = 'epoch'`)
  await server.collect()
  await drafts.finish(id)
  await assertWhole(server, pieces)
})
