import assert from 'node:assert/strict'
import { afterEach, suite, test } from 'node:test'
import type { SpaceId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'
import { adoptFolders } from './adopt-folders.ts'
import { listChanges } from './change-feed.ts'

const server = sharedByTests(await openTestFiles())

suite('the change feed', () => {
  afterEach(async () => assert.deepEqual(await findTreeFaults(server.db.kysely), []))

  test('skips nothing that twenty write at once, whoever reads along', async () => {
    const tree = await TestTree.open(server)
    const folders = await Promise.all([1, 2, 3, 4].map((n) => tree.folder(`f${n}`)))
    const known = new Map<string, string | undefined>()
    let cursor = 0
    const read = async () => {
      const page = { after: cursor, limit: 7 }
      const entries = await listChanges(server.db.kysely, tree.spaceId as SpaceId, page)
      for (const entry of entries) {
        assert.ok(entry.seq > cursor, 'the numbers rise')
        cursor = entry.seq
        if (entry.type === 'gone') known.delete(entry.id)
        else known.set(entry.row.id, entry.row.name)
      }
      return entries.length
    }
    let isWriting = true
    const write = async (writer: number) => {
      for (let round = 0; round < 4; round++) {
        const parent = folders[(writer + round) % 4] as string
        const id = await tree.folder(`w${writer} r${round}`, parent)
        await tree.move(id, folders[(writer + round + 1) % 4] as string)
        await tree.trash(id)
        if (round % 2 === 0) await tree.purge(id)
      }
    }
    const writers = Promise.all(Array.from({ length: 20 }, (_, index) => write(index)))
    const done = writers.finally(() => (isWriting = false))
    while (isWriting) await read()
    await done
    while ((await read()) > 0);
    const { rows } = await server.db.pool.query<{ id: string; name: string }>(
      'SELECT id, name FROM nodes WHERE space_id = $1',
      [tree.spaceId],
    )
    assert.deepEqual(known, new Map(rows.map(({ id, name }) => [id, name])))
  })

  test('comes in pages, and says when there is more', async () => {
    const tree = await TestTree.open(server)
    for (const name of ['a', 'b', 'c']) await tree.folder(name)
    const first = await tree.changes(0, 3)
    assert.equal(first.items.length, 3)
    assert.equal(first.hasMore, true)
    const last = await tree.changes(first.nextCursor, 3)
    assert.deepEqual([last.items.length, last.hasMore], [1, false])
    const none = await tree.changes(last.nextCursor)
    assert.deepEqual(none, { ...last, items: [], hasMore: false })
  })

  test('is for members of the space', async () => {
    const tree = await TestTree.open(server)
    const stranger = await server.addUser('stranger')
    assert.equal(
      await tree.as(stranger).code('GET', `/spaces/${tree.spaceId}/changes?cursor=0`),
      'not_found',
    )
  })
})

suite('a page of the change feed', () => {
  test('costs what is on it, in a database that has not looked at itself yet', async () => {
    await using server = await openTestFiles()
    const tree = await TestTree.open(server)
    const folder = await tree.folder('first')
    await server.db.kysely.connection().execute(async (db) => {
      const list = () => listChanges(db, tree.spaceId as SpaceId, { after: 0, limit: 1_000 })
      // So often that it is prepared, and planned for a space in which there is next to nothing.
      for (let asked = 0; asked < 40; asked += 1) await list()
      await server.db.pool.query(
        `INSERT INTO nodes SELECT (jsonb_populate_record(nodes, jsonb_build_object(
           'id', gen_random_uuid(), 'name', n::text, 'name_key', n::text, 'rev', 1000 + n))).*
         FROM nodes, generate_series(1, 1000) n WHERE id = $1`,
        [folder],
      )
      const readRows = async () => {
        await sql`SELECT pg_stat_force_next_flush()`.execute(db)
        const { rows } = await sql<{ n: number }>`
          SELECT sum(idx_tup_read)::int AS n FROM pg_stat_user_indexes WHERE relname = 'nodes'
        `.execute(db)
        return rows[0]?.n ?? 0
      }
      const before = await readRows()
      assert.equal((await list()).length, 1_000)
      assert.ok((await readRows()) - before < 5_000)
    })
  })
})

suite('folders of an older database', () => {
  test('get documents that list their children, once', async () => {
    await using server = await openTestFiles()
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    await tree.text('notes.md', a)
    await tree.trash(await tree.text('trashed.md', a))
    // As the migration leaves it: a document for each folder, and nothing in it.
    await server.db.pool.query(
      `DELETE FROM update_log USING nodes WHERE nodes.id = document_id AND kind = 'folder'`,
    )
    await server.db.pool.query(
      `UPDATE documents SET seq = 0 FROM nodes WHERE nodes.id = documents.id AND kind = 'folder'`,
    )
    assert.notDeepEqual(await findTreeFaults(server.db.kysely), [])
    // Another process, which has no folder in memory.
    await using another = server.openAnother()
    await another.start()
    assert.deepEqual(await findTreeFaults(server.db.kysely), [])
    const count = 'SELECT count(*)::int AS n FROM update_log'
    const before = await server.db.pool.query(count)
    await adoptFolders(server.db, server.live.folders)
    assert.deepEqual((await server.db.pool.query(count)).rows, before.rows)
  })
})

suite('a path', () => {
  const find = (tree: TestTree, path: string) =>
    tree.code('GET', `/spaces/${tree.spaceId}/path?path=${encodeURIComponent(path)}`)

  test('leads to a node whatever the case and the form of its letters', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('Caf\u00e9')
    await tree.text('Stra\u00dfe.md', a)
    for (const path of ['Café/Straße.md', 'cafe\u0301/STRASSE.MD', '/CAF\u00c9/strasse.md/'])
      assert.equal(await find(tree, path), 'ok', path)
    assert.equal(await find(tree, ''), 'ok')
    assert.equal(await find(tree, 'cafe/strasse.md'), 'not_found')
  })

  test('leads nowhere through the trash or a file', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    await tree.text('b.md', a)
    assert.equal(await find(tree, 'a/b.md/c'), 'not_found')
    await tree.trash(a)
    assert.equal(await find(tree, 'a/b.md'), 'not_found')
    assert.equal(await find(tree, 'a\0'), 'not_found')
  })
})
