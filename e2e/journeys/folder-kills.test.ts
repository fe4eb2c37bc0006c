import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@cloudsync/crdt/testing'
import { findTreeFaults, openTestDatabase, TestCaller } from '@cloudsync/server/testing'
import { adminAccount, findFreePort, ServerProcess } from '../support/server-process.ts'

const kills = 20
const filesPerFolder = 40

test('a server that is killed in the middle of moves and purges never leaves half of one', async () => {
  const random = seededRandom(1)
  await using db = await openTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-kills-'))
  const port = await findFreePort()
  const env = { DATABASE_URL: db.config.url }
  await using server = new ServerProcess({ dataDir, port, env })
  try {
    await server.start()
    for (let round = 0; round < kills; round++) {
      const ada = await TestCaller.signIn(server.url, adminAccount)
      const rootId = await ada.rootId()
      const [a, b] = [await newFolder(ada, rootId), await newFolder(ada, rootId)]
      const moved = await fill(ada, a)
      const purged = await newFolder(ada, rootId)
      await fill(ada, purged)
      await ada.delete(`/nodes/${purged}`)
      const work = [
        moveBackAndForth(ada, moved, [b, a]),
        ada.send('DELETE', `/trash/${purged}`).catch(() => undefined),
      ]
      await delay(random() * 120)
      await server.kill()
      await Promise.all(work)
      await server.start()
      assert.deepEqual(await findTreeFaults(db.database.kysely), [], `after kill ${round}`)
      const { rows } = await db.database.pool.query<{ parent_id: string; n: number }>(
        'SELECT parent_id, count(*)::int AS n FROM nodes WHERE id = ANY($1) GROUP BY parent_id',
        [moved],
      )
      assert.deepEqual(
        rows.map(({ n }) => n),
        [filesPerFolder],
        'all or none are moved',
      )
      const left = await db.database.pool.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM nodes WHERE id = $1 OR parent_id = $1',
        [purged],
      )
      assert.ok([0, filesPerFolder + 1].includes(left.rows[0]?.n ?? -1), 'all or none is purged')
    }
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

let folders = 0

async function newFolder(caller: TestCaller, parentId: string): Promise<string> {
  const body = { parentId, name: `folder ${folders++}`, kind: 'folder' }
  return (await caller.post<{ id: string }>('/nodes', body)).id
}

interface BulkAnswer {
  readonly results: readonly { readonly node: { readonly id: string } }[]
}

async function fill(caller: TestCaller, parentId: string): Promise<string[]> {
  const operations = Array.from({ length: filesPerFolder }, (_, index) => ({
    type: 'create',
    parentId,
    name: `file ${index}`,
    kind: index % 2 === 0 ? 'text' : 'folder',
  }))
  const { results } = await caller.post<BulkAnswer>('/nodes/bulk', { operations })
  return results.map(({ node }) => node.id)
}

/** Until the server is gone. */
async function moveBackAndForth(
  caller: TestCaller,
  ids: readonly string[],
  targets: readonly string[],
): Promise<void> {
  for (;;)
    for (const parentId of targets) {
      const operations = ids.map((id) => ({ type: 'move', id, parentId }))
      try {
        await caller.post('/nodes/bulk', { operations })
      } catch {
        return
      }
    }
}
