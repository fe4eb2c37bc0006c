import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import type { Node, NodeId } from '@cloudsync/protocol'
import { sha256Of, type Sha256 } from '@cloudsync/storage'
import type { ContentName } from '#features/contents/index.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import type { Caller } from '#platform/http/caller.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

const hourMs = 3_600_000

const server = sharedByTests(await openTestFiles())
const { ada } = server

suite('the collector of contents', () => {
  const someBytes = () => Uint8Array.from(Buffer.concat([Buffer.from([0]), randomBytes(2_000)]))
  const put = async (id: string, body: Uint8Array<ArrayBuffer>) => {
    const answer = await ada.send('PUT', `/nodes/${id}/content`, { body })
    assert.equal(answer.status, 200, await answer.clone().text())
  }
  /** A lease that ends under an upload makes it fail, and nothing worse. */
  const tryPut = async (id: string, body: Uint8Array<ArrayBuffer>) => {
    const { status } = await ada.send('PUT', `/nodes/${id}/content`, { body })
    assert.ok(status === 200 || status === 503, String(status))
  }
  const create = async (content = someBytes()) => {
    const { rootId } = await server.newSpace()
    const request = { parentId: rootId, name: 'a.bin', kind: 'blob' }
    const { id } = await ada.post<Node>('/nodes', request)
    await put(id, content)
    return id
  }
  /** As the end of a trash: rows go, and bytes are left. */
  const purge = (id: string) => server.db.pool.query('DELETE FROM nodes WHERE id = $1', [id])
  const isStored = async (hash: Sha256) => {
    const { rows } = await server.db.pool.query('SELECT FROM contents WHERE sha256 = $1', [
      Buffer.from(hash, 'hex'),
    ])
    if (rows.length > 0) await server.contents.contents.get(hash)
    return rows.length > 0
  }
  const collectLater = async () => {
    server.clock.advance(2 * hourMs)
    return (await server.contents.collect()).contents
  }

  test('removes what no version names, when its lease has ended', async () => {
    const [kept, gone] = [someBytes(), someBytes()]
    const [keptId, goneId, sharedId] = [await create(kept), await create(gone), await create(kept)]
    await purge(goneId)
    await purge(sharedId)
    await server.contents.collect()
    assert.ok(await isStored(await sha256Of(gone)), 'leased')
    await collectLater()
    assert.equal(await isStored(await sha256Of(gone)), false)
    assert.ok(await isStored(await sha256Of(kept)))
    const { rows } = await server.db.pool.query(
      'SELECT FROM contents WHERE NOT EXISTS (SELECT FROM versions WHERE sha256 = contents.sha256)',
    )
    assert.equal(rows.length, 0)
    assert.equal((await ada.send('GET', `/nodes/${keptId}/content`)).status, 200)
  })

  test('leaves nothing of what was purged, whatever it was', async () => {
    const id = await create()
    await put(id, Uint8Array.from(Buffer.from('now a text\n')))
    await put(id, someBytes())
    const { rows } = await server.db.pool.query<{ sha256: Buffer }>(
      'SELECT sha256 FROM versions WHERE node_id = $1',
      [id],
    )
    assert.ok(rows.length >= 3)
    await purge(id)
    await server.db.pool.query('DELETE FROM nodes WHERE parent_id IS NOT NULL')
    await collectLater()
    // The bytes are left alone for the backup window.
    const list = async () => (await server.store.list()).items
    await collectLater()
    assert.notDeepEqual(await list(), [])
    server.clock.advance(8 * 24 * hourMs)
    await server.contents.collect()
    assert.deepEqual(await list(), [])
  })

  test('works in one process at a time', async () => {
    const id = await create()
    await purge(id)
    server.clock.advance(2 * hourMs)
    const leader = await server.db.pool.connect()
    await leader.query('SELECT pg_advisory_lock(7263001)')
    assert.equal((await server.contents.collect()).contents, 0)
    await leader.query('SELECT pg_advisory_unlock(7263001)')
    leader.release()
    assert.ok((await server.contents.collect()).contents > 0)
  })

  /** Makes a file of a content by its name alone, as an upload does; `undefined` when it is not to be had. */
  const reuse = async (parentId: string, name: ContentName) => {
    const { rows } = await server.db.pool.query<Caller>(
      `SELECT user_id AS "userId", id AS "sessionId", true AS "isAdmin", false AS "isAuditor"
       FROM sessions LIMIT 1`,
    )
    const [caller] = rows
    assert.ok(caller)
    if (!(await server.files.uploaded.mayRead(caller, name))) return undefined
    const isLeased = await inTransaction(server.db, (tx) =>
      server.contents.contents.reuse(tx, name),
    )
    if (!isLeased) return undefined
    const place = { kind: 'new', parentId: parentId as NodeId, name: 'again.bin' } as const
    const target = { ...place, ifTaken: 'rename' } as const
    return server.files.uploaded.put(caller, target, name, async () => undefined)
  }

  test('leaves what is to be named again, however it races with the end of its last file', async () => {
    const { rootId } = await server.newSpace()
    let made = 0
    for (let round = 0; round < 30; round++) {
      const bytes = someBytes()
      const name = { sha256: await sha256Of(bytes), sizeBytes: bytes.length }
      const lastId = await create(bytes)
      server.clock.advance(2 * hourMs)
      const turns = Array.from({ length: round % 6 }, () => server.db.pool.query('SELECT'))
      const removal = Promise.all(turns)
        .then(() => purge(lastId))
        .then(() => server.contents.collect())
      const [id] = await Promise.all([reuse(rootId, name), removal])
      assert.equal(await isStored(name.sha256), id !== undefined, `round ${round}`)
      if (id === undefined) continue
      made += 1
      await server.contents.collect()
      const answer = await ada.send('GET', `/nodes/${id}/content`)
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes), `round ${round}`)
    }
    assert.ok(made > 0)
  })

  const seed = 20_261_125
  test(`never takes bytes that a version names, however they race (seed ${seed})`, async () => {
    const random = seededRandom(seed)
    const contents = Array.from({ length: 4 }, someBytes)
    const { rootId } = await server.newSpace()
    const ids: string[] = []
    for (let index = 0; index < 4; index++) {
      const request = { parentId: rootId, name: `${index}.bin`, kind: 'blob' }
      ids.push((await ada.post<Node>('/nodes', request)).id)
    }
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
    for (let round = 0; round < 25; round++) {
      const work: Promise<unknown>[] = []
      for (let step = 0; step < 6; step++) {
        const id = pick(ids)
        if (random() < 0.6) work.push(tryPut(id, pick(contents)))
        else
          work.push(
            // Older versions are forgotten, so that contents come and go.
            server.db.pool.query(
              'DELETE FROM versions v USING nodes n WHERE n.id = v.node_id AND n.id = $1 AND v.sha256 <> n.sha256',
              [id],
            ),
          )
        if (random() < 0.5) server.clock.advance(2 * hourMs)
        if (random() < 0.5) work.push(server.contents.collect())
      }
      await Promise.all(work)
      const { rows } = await server.db.pool.query<{ hash: Sha256 }>(
        "SELECT DISTINCT encode(sha256, 'hex') AS hash FROM versions",
      )
      for (const { hash } of rows) assert.ok(await isStored(hash), `round ${round}: ${hash}`)
    }
  })
})
