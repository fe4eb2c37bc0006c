import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Changes, NodeId, SyncNode } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'
import { firstFiles, firstPlace, readSnapshot } from './snapshot.ts'

const server = sharedByTests(await openTestFiles())
const bob = await server.addUser('bob')

const names = (items: readonly SyncNode[]) => items.map(({ name }) => name).toSorted()

function assertFoldersFirst(items: readonly SyncNode[]): void {
  const place = new Map(items.map(({ id }, index) => [id, index]))
  for (const { id, parentId, name } of items) {
    const above = parentId === null ? undefined : place.get(parentId)
    if (above !== undefined) assert.ok(above < (place.get(id) ?? 0), `${name} is behind its folder`)
  }
}

async function share(tree: TestTree, nodeId: string): Promise<void> {
  const subject = { kind: 'user', email: 'bob@example.com' }
  await tree.ask('PUT', `/nodes/${nodeId}/grants`, { subject, role: 'viewer' })
}

/** Folders in one another whose ids fall from the top down, with a text at the bottom. */
async function deepTree(tree: TestTree): Promise<string[]> {
  const ids = Array.from({ length: 6 }, () => uuidv7()).toReversed()
  let parentId = tree.rootId
  for (const [depth, id] of ids.entries()) {
    await tree.caller.post('/nodes', { id, parentId, name: `d${depth}`, kind: 'folder' })
    parentId = id
  }
  await tree.text('bottom.md', parentId)
  return ids
}

suite('a snapshot', () => {
  test('has all that lives, folders before what is in them, whatever the size of its pages', async () => {
    const tree = await TestTree.open(server)
    await deepTree(tree)
    const gone = await tree.folder('gone')
    await tree.text('below the trash.md', gone)
    await tree.trash(gone)
    const expected = ['', 'bottom.md', 'd0', 'd1', 'd2', 'd3', 'd4', 'd5']
    for (const limit of [1, 2, 3, 1000]) {
      const { items, nextCursor } = await tree.snapshot({ limit })
      assert.deepEqual(names([...new Map(items.map((item) => [item.id, item])).values()]), expected)
      assertFoldersFirst([...new Map(items.map((item) => [item.id, item])).values()])
      assert.equal(nextCursor, null)
    }
    const { items, pages } = await tree.snapshot()
    assert.equal(pages, 1)
    const { items: fed } = await tree.changes()
    const text = fed.find((item) => item.type === 'node' && item.node.name === 'bottom.md')
    assert.ok(text?.type === 'node')
    assert.deepEqual(
      items.find(({ name }) => name === 'bottom.md'),
      text.node,
    )
  })

  test('of a folder has what is below it, without the folder', async () => {
    const tree = await TestTree.open(server)
    const [, second] = await deepTree(tree)
    for (const limit of [1, 1000]) {
      const { items } = await tree.snapshot({ folderId: second as string, limit })
      const once = [...new Map(items.map((item) => [item.id, item])).values()]
      assert.deepEqual(names(once), ['bottom.md', 'd2', 'd3', 'd4', 'd5'])
      assertFoldersFirst(once)
    }
    const path = `/spaces/${tree.spaceId}/snapshot?folderId=`
    const text = await tree.text('a.md')
    assert.equal(await tree.code('GET', path + text), 'bad_request')
    assert.equal(await tree.code('GET', path + uuidv7()), 'not_found')
    const other = await TestTree.open(server)
    assert.equal(await tree.code('GET', path + other.rootId), 'not_found')
    await tree.trash(second as string)
    assert.equal(await tree.code('GET', path + second), 'trashed')
  })

  test('has nothing that its caller may not see', async () => {
    const tree = await TestTree.open(server, { bob: 'viewer' })
    const secret = await tree.folder('secret')
    const inner = await tree.folder('inner', secret)
    await tree.text('diary.md', inner)
    await tree.code('PUT', `/nodes/${secret}/inheritance`, { inherits: false })
    const { items } = await tree.as(bob).snapshot()
    assert.deepEqual(names(items), ['', 'secret'])
    const closed = items.find(({ name }) => name === 'secret')
    assert.deepEqual([closed?.isReadable, closed?.canEdit], [false, false])
    assert.equal(
      await tree.as(bob).code('GET', `/spaces/${tree.spaceId}/snapshot?folderId=${secret}`),
      'not_found',
    )
    const stranger = await server.addUser('stranger')
    assert.equal(
      await tree.as(stranger).code('GET', `/spaces/${tree.spaceId}/snapshot`),
      'not_found',
    )
  })

  test('has what was shared with its caller, from where it was shared', async () => {
    const tree = await TestTree.open(server)
    const [, second] = await deepTree(tree)
    const single = await tree.text('single.md')
    await tree.text('other.md')
    await share(tree, second as string)
    await share(tree, single)
    for (const limit of [1, 1000]) {
      const { items } = await tree.as(bob).snapshot({ limit })
      const once = [...new Map(items.map((item) => [item.id, item])).values()]
      assert.deepEqual(names(once), ['bottom.md', 'd1', 'd2', 'd3', 'd4', 'd5', 'single.md'])
    }
  })

  test('and the feed after it have everything, whatever changes while it is read', async () => {
    const tree = await TestTree.open(server)
    const folders = await Promise.all(Array.from({ length: 8 }, (_, n) => tree.folder(`f${n}`)))
    for (const [n, folder] of folders.entries()) await tree.text(`t${n}.md`, folder)
    let isReading = true
    const write = async (writer: number) => {
      for (let round = 0; isReading; round++) {
        const folder = folders[(writer + round) % 8] as string
        const id = await tree.text(`w${writer} ${round}.md`, folder)
        await tree.move(id, folders[(writer + round + 3) % 8] as string)
        if (round % 2 === 0) await tree.trash(id)
        if (round % 4 === 0) await tree.purge(id)
      }
    }
    const writers = Promise.all([1, 2, 3].map(write))
    const { items, changesCursor } = await tree.snapshot({ limit: 2 })
    isReading = false
    await writers
    const known = new Map<string, string>(items.map(({ id, name }) => [id, name]))
    for (let cursor = changesCursor, page: Changes | undefined; page?.hasMore !== false;) {
      page = await tree.changes(cursor)
      for (const item of page.items)
        if (item.type === 'gone') known.delete(item.id)
        else if (item.node.trashedAt === null) known.set(item.node.id, item.node.name)
        else known.delete(item.node.id)
      cursor = page.nextCursor
    }
    const { rows } = await server.db.pool.query<{ id: string; name: string }>(
      'SELECT id, name FROM nodes WHERE space_id = $1 AND trashed_at IS NULL',
      [tree.spaceId],
    )
    assert.deepEqual(known, new Map(rows.map(({ id, name }) => [id, name])))
  })

  test('begins anew when what its caller may see has changed', async () => {
    const tree = await TestTree.open(server)
    const folder = await tree.folder('a')
    await tree.text('a.md', folder)
    await share(tree, folder)
    const path = `/spaces/${tree.spaceId}/snapshot?limit=1`
    const { nextCursor } = await bob.get<{ nextCursor: string }>(path)
    assert.equal(await tree.as(bob).code('GET', `${path}&cursor=${nextCursor}`), 'ok')
    await share(tree, await tree.folder('b'))
    assert.equal(await tree.as(bob).code('GET', `${path}&cursor=${nextCursor}`), 'cursor_expired')
    assert.equal(await tree.as(bob).code('GET', `${path}&cursor=nonsense`), 'bad_request')
  })

  test('reads each page from an index, however many nodes there are', async () => {
    const tree = await TestTree.open(server)
    const { kysely, pool } = server.db
    await pool.query(
      `INSERT INTO nodes (id, space_id, parent_id, name, name_key, kind, rev)
       SELECT gen_random_uuid(), $1, $2, 'n' || n, 'n' || n,
         CASE WHEN n % 10 = 0 THEN 'folder' ELSE 'text' END, 1000 + n
       FROM generate_series(1, 20000) n`,
      [tree.spaceId, tree.rootId],
    )
    await pool.query('ANALYZE nodes')
    const scope = { spaceId: tree.spaceId as never, upTo: 1_000_000 }
    for (const place of [
      firstPlace,
      { phase: 'folders' as const, after: '80000000-0000-4000-8000-000000000000' as NodeId },
      firstFiles,
      { phase: 'files' as const, after: 15_000 },
    ]) {
      const rows = await readSnapshot(kysely, scope, place, 100)
      assert.equal(rows.length, 100)
      const [order, index] =
        place.phase === 'folders'
          ? [`kind = 'folder' AND id > '${place.after}'`, 'nodes_folders_by_space']
          : [`kind <> 'folder' AND rev > ${place.after}`, 'nodes_rev']
      const { rows: plan } = await sql<{ 'QUERY PLAN': string }>`
        EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM nodes
        WHERE space_id = ${sql.lit(tree.spaceId)} AND trashed_at IS NULL AND rev <= 1000000
          AND ${sql.raw(order)}
        ORDER BY ${sql.raw(place.phase === 'folders' ? 'id' : 'rev')} LIMIT 100`.execute(kysely)
      const text = plan.map((line) => line['QUERY PLAN']).join('\n')
      assert.match(text, new RegExp(`Index Scan using ${index}`))
      assert.doesNotMatch(text, /Sort/)
    }
    await pool.query('DELETE FROM nodes WHERE space_id = $1 AND parent_id IS NOT NULL', [
      tree.spaceId,
    ])
  })
})
