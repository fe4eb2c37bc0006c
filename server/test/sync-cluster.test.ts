import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Changes, ExchangeTextsResponse, Node, Space } from '@cloudsync/protocol'
import * as Y from 'yjs'
import {
  openStockClient,
  openTestCluster,
  readMetric,
  waitUntil,
  type TestCaller,
  type TestCluster,
} from '../testing/index.ts'

let cluster: TestCluster
let space: Space

before(async () => {
  cluster = await openTestCluster(false)
  const { items } = await cluster.one.admin.get<{ items: Space[] }>('/spaces')
  space = items[0] as Space
})
after(() => cluster[Symbol.asyncDispose]())

function changes(caller: TestCaller, cursor: string, more = ''): Promise<Changes> {
  return caller.get(`/spaces/${space.id}/changes?cursor=${cursor}${more}`)
}

type Told = Pick<Node, 'id' | 'parentId' | 'name' | 'trashedAt'>

function toldOf({ id, parentId, name, trashedAt }: Told): Told {
  return { id, parentId, name, trashedAt }
}

/** As the feed has to tell them: the folders, and all that was ever put into them and not deleted for good. */
async function listRows(folders: readonly string[]): Promise<ReadonlyMap<string, Told>> {
  const { rows } = await cluster.one.db.database.pool.query<
    Omit<Told, 'trashedAt'> & { trashedAt: Date | null }
  >(
    `SELECT id, parent_id AS "parentId", name, trashed_at AS "trashedAt" FROM nodes
     WHERE id = ANY($1) OR parent_id = ANY($1)`,
    [folders],
  )
  return new Map(
    rows.map((row) => [row.id, { ...row, trashedAt: row.trashedAt?.toISOString() ?? null }]),
  )
}

async function exchange(
  caller: TestCaller,
  items: readonly { nodeId: string; doc: Y.Doc; known?: Uint8Array }[],
): Promise<ExchangeTextsResponse['results']> {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const { results } = await caller.post<ExchangeTextsResponse>('/texts/exchange', {
    items: items.map(({ nodeId, doc, known }) => ({
      nodeId,
      stateVector: base64(Y.encodeStateVector(doc)),
      update: base64(Y.encodeStateAsUpdate(doc, known)),
    })),
  })
  for (const [index, result] of results.entries()) {
    assert.ok(result.ok, JSON.stringify(result))
    Y.applyUpdate((items[index] as { doc: Y.Doc }).doc, Buffer.from(result.update, 'base64'))
  }
  return results
}

suite('the change feed of two servers', () => {
  test('skips nothing for who reads along, waiting, while many write at both', async () => {
    const { one, two } = cluster
    const callers = [one.admin, two.admin]
    const { nextCursor } = await changes(one.admin, 'latest')
    const folders: string[] = []
    for (const n of [0, 1, 2, 3]) {
      const body = { parentId: space.rootId, name: `f${n}`, kind: 'folder' }
      folders.push((await one.admin.post<Node>('/nodes', body)).id)
    }
    const writers = 12
    let isWriting = true
    const write = async (writer: number) => {
      const caller = callers[writer % 2] as TestCaller
      for (let round = 0; round < 5; round += 1) {
        const parentId = folders[(writer + round) % 4] as string
        const name = `w${writer} r${round}.md`
        const { id } = await caller.post<Node>('/nodes', { parentId, name, kind: 'text' })
        await caller.put(`/nodes/${id}/content`, `${name}\n`)
        await caller.patch(`/nodes/${id}`, { parentId: folders[(writer + round + 1) % 4] })
        if (round % 2 === 0) await caller.delete(`/nodes/${id}`)
        if (round % 4 === 0) await caller.delete(`/trash/${id}`)
      }
    }
    const follow = async (caller: TestCaller) => {
      const seen = new Map<string, Told>()
      let cursor = nextCursor
      let last = 0
      for (let isLast = false; ;) {
        const page = await changes(caller, cursor, '&limit=3&wait=1')
        for (const item of page.items) {
          assert.ok(item.seq > last, 'the numbers rise')
          last = item.seq
          if (item.type === 'gone') seen.delete(item.id)
          else seen.set(item.node.id, toldOf(item.node))
        }
        cursor = page.nextCursor
        if (isLast && page.items.length === 0 && !page.hasMore) return seen
        isLast = !isWriting
      }
    }
    const readers = callers.map(follow)
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
    isWriting = false
    const [first, second] = await Promise.all(readers)
    const there = await listRows(folders)
    // Of the five of each writer two are deleted for good.
    assert.equal(there.size, folders.length + writers * 3)
    assert.deepEqual(first, there)
    assert.deepEqual(second, there)
    assert.deepEqual(await follow(one.admin), there)
  })

  test('answers who waits at one as soon as something is written at the other', async () => {
    const { one, two } = cluster
    const { nextCursor } = await changes(one.admin, 'latest')
    const waiting = changes(one.admin, nextCursor, '&wait=50')
    await two.admin.post('/nodes', { parentId: space.rootId, name: 'news', kind: 'folder' })
    const { items } = await waiting
    assert.deepEqual(
      items.map((item) => item.type === 'node' && item.node.name),
      ['news'],
    )
  })
})

suite('an exchange of texts', () => {
  test('has what was written at the other server, and gives it there', async () => {
    const { one, two } = cluster
    const nodeId = await one.admin.createText('exchanged.md')
    using live = openStockClient(two.admin, nodeId)
    await live.saved()
    live.text.insert(0, 'two ')
    await live.saved()
    const doc = new Y.Doc()
    doc.getText('content').insert(0, 'one ')
    const [result] = await exchange(one.admin, [{ nodeId, doc }])
    assert.equal(doc.getText('content').length, 8)
    await live.until('it is there too', () => live.text.length === 8)
    const head = await two.admin.send('HEAD', `/nodes/${nodeId}/content`)
    assert.equal(result?.ok && `"${result.etag}"`, head.headers.get('etag'))
  })

  test('leaves nothing in memory of texts that nobody has open', async () => {
    const { one } = cluster
    const nodeIds = await Promise.all(
      Array.from({ length: 30 }, (_, n) => one.admin.createText(`quiet ${n}.md`)),
    )
    using open = openStockClient(one.admin, nodeIds[0] as string)
    await open.saved()
    const loaded = () => readMetric(one, 'cloudsync_live_documents')
    const before = await loaded()
    await exchange(
      one.admin,
      nodeIds.map((nodeId) => ({ nodeId, doc: new Y.Doc() })),
    )
    await waitUntil('they have left', async () => (await loaded()) <= before)
    open.text.insert(0, 'still open')
    await open.saved()
    assert.equal(await one.admin.text(`/nodes/${nodeIds[0]}/content`), 'still open')
  })
})

test('who waits is answered when the server stops', async () => {
  const { one } = cluster
  const other = await one.openAnother()
  const caller = other.admin
  const { nextCursor } = await changes(caller, 'latest')
  const waiting = changes(caller, nextCursor, '&wait=50')
  // It is there by then, whether it waits already or not.
  await changes(caller, nextCursor)
  await other[Symbol.asyncDispose]()
  assert.deepEqual((await waiting).items, [])
})
