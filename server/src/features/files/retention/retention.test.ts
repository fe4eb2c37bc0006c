import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { afterEach, suite, test } from 'node:test'
import type { Node, Page, Version } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { waitUntil } from '../../../../testing/stock-clients.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { bytesOf, usageOf } from '../testing/test-quota.ts'
import { TestTree } from '../testing/test-tree.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const server = sharedByTests(await openTestFiles())

suite('the removal of old versions', () => {
  afterEach(async () => assert.deepEqual(await findTreeFaults(server.db.kysely), []))

  const put = (id: string, fill: number) =>
    server.ada.put(`/nodes/${id}/content`, bytesOf(1_000, fill))
  async function numbers(id: string): Promise<number[]> {
    const { items } = await server.ada.get<Page<Version>>(`/nodes/${id}/versions`)
    return items.map(({ number }) => number).toReversed()
  }
  /** A file with a version of each of these ages, in minutes. */
  async function make(tree: TestTree, agesMinutes: readonly number[]): Promise<string> {
    let id: string | undefined
    for (const [index, age] of agesMinutes.entries()) {
      if (!id) {
        const file = { parentId: tree.rootId, name: `${uuidv7()}.bin` }
        const answer = await server.ada.upload(file, bytesOf(1_000))
        id = ((await answer.json()) as Node).id
      } else await put(id, index)
      server.clock.advance((age - (agesMinutes[index + 1] ?? 0)) * minuteMs)
    }
    return id ?? ''
  }

  test('leaves one of each hour after a day, frees its bytes and tells of it', async () => {
    // The clock of the tests begins with an hour, and goes on to the next within them.
    const tree = await TestTree.open(server)
    const id = await make(tree, [80, 70, 60, 0])
    assert.equal(await server.files.pruneVersions(), 0)
    assert.deepEqual(await numbers(id), [1, 2, 3, 4])
    server.clock.advance(dayMs + hourMs)
    assert.equal(await server.files.pruneVersions(), 2)
    assert.deepEqual(await numbers(id), [3, 4])
    assert.equal(await usageOf(server.ada, tree.spaceId), 2_000)
    const event = await server.db.kysely
      .selectFrom('events')
      .select('payload')
      .where('type', '=', 'version.pruned')
      .executeTakeFirstOrThrow()
    assert.deepEqual(event.payload, { numbers: [1, 2] })
    const { rows } = await server.db.pool.query<{ count: number }>(
      'SELECT count(*) FROM contents WHERE NOT EXISTS (SELECT FROM versions WHERE versions.sha256 = contents.sha256)',
    )
    assert.equal(Number(rows[0]?.count), 2, 'nothing names their contents any more')
    await server.contents.collect()
    const after = await server.ada.send('GET', `/nodes/${id}/versions/3/content`)
    assert.equal((await after.arrayBuffer()).byteLength, 1_000)
  })

  test('spares what the file holds, what has a name, and the sides of open conflicts', async () => {
    const tree = await TestTree.open(server)
    const id = await make(tree, [50, 40, 30, 20, 10])
    await server.ada.patch(`/nodes/${id}/versions/2`, { name: 'the good one' })
    await server.ada.patch(`/spaces/${tree.spaceId}`, { conflictPolicy: 'ask' })
    const send = (method: string, path: string, init: RequestInit) =>
      server.ada.send(method, path, init)
    const etag = createHash('sha256').update(bytesOf(1_000, 3)).digest('hex')
    const asked = await send('PUT', `/nodes/${id}/content`, {
      body: bytesOf(1_000, 99),
      headers: { 'if-match': `"${etag}"` },
    })
    assert.equal(asked.status, 409)
    const { conflictId } = (await asked.json()) as { conflictId: string }
    await put(id, 7)
    server.clock.advance(100 * dayMs)
    await server.files.pruneVersions()
    assert.deepEqual(await numbers(id), [2, 5, 6, 7])
    await server.ada.patch(`/nodes/${id}/versions/2`, { name: null })
    await server.ada.post(`/conflicts/${conflictId}/resolve`, { choice: 'mine' })
    assert.deepEqual(await numbers(id), [2, 5, 6, 7, 8])
    server.clock.advance(100 * dayMs)
    await server.files.pruneVersions()
    // Two have the bytes that the file holds, and one is the last of its week.
    assert.deepEqual(await numbers(id), [6, 7, 8])
  })

  test('treats the versions of texts alike, and leaves their history alone', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('words.md')
    for (const name of ['one', 'two', 'three']) {
      await server.ada.put(`/nodes/${id}/content`, `${name} ${name}\n`)
      await server.files.flushTouches()
      server.clock.advance(6 * minuteMs)
      await server.files.makeDueVersions()
    }
    const before = await numbers(id)
    assert.ok(before.length >= 3)
    server.clock.advance(40 * dayMs)
    await server.files.pruneVersions()
    assert.deepEqual(await numbers(id), before.slice(-1))
    assert.equal(await server.ada.text(`/nodes/${id}/content`), 'three three\n')
    await server.ada.put(`/nodes/${id}/content`, 'four\n')
  })

  test('spares a version that is being given a name', async () => {
    const tree = await TestTree.open(server)
    const id = await make(tree, [3, 2, 1])
    server.clock.advance(9 * dayMs)
    const { pool } = server.db
    const waiting = (count: number) =>
      waitUntil(`${count} wait`, async () => {
        const { rowCount } = await pool.query(
          "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        )
        return (rowCount ?? 0) >= count
      })
    const held = await pool.connect()
    await held.query('BEGIN')
    await held.query('LOCK TABLE events IN SHARE MODE')
    const named = server.ada.patch(`/nodes/${id}/versions/1`, { name: 'the good one' })
    await waiting(1)
    const pruned = server.files.pruneVersions()
    await waiting(2)
    await held.query('COMMIT')
    held.release()
    await Promise.all([named, pruned])
    assert.deepEqual(await numbers(id), [1, 3])
  })

  test('is shared by several workers, each file to one of them', async () => {
    const tree = await TestTree.open(server)
    for (let count = 0; count < 12; count++) await make(tree, [3, 2, 1])
    server.clock.advance(9 * dayMs)
    await using other = server.openAnother()
    const removed = await Promise.all([server.files.pruneVersions(), other.pruneVersions()])
    assert.equal(removed[0] + removed[1], 24)
  })
})
