import assert from 'node:assert/strict'
import { afterEach, suite, test } from 'node:test'
import type { Node, NodeId, Page, TrashItem } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { waitUntil } from '../../../../testing/stock-clients.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'

const server = sharedByTests(await openTestFiles())

suite('the trash', () => {
  afterEach(async () => assert.deepEqual(await findTreeFaults(server.db.kysely), []))

  const list = (tree: TestTree) =>
    tree.caller.get<Page<TrashItem>>(`/trash?spaceId=${tree.spaceId}&limit=1000`)

  test('gives a node back to its folder, under the next name when its own is taken', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const text = await tree.text('notes.md', a, 'words')
    assert.equal(await tree.trash(text), 'ok')
    const { items } = await list(tree)
    assert.deepEqual(items[0]?.path, ['a'])
    await tree.text('Notes.md', a)
    assert.equal(await tree.restore(text), 'ok')
    assert.equal(await tree.path(text), 'a/notes (2).md')
    assert.equal(await tree.caller.text(`/nodes/${text}/content`), 'words')
  })

  test('gives a node back to the nearest folder above that lives', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const b = await tree.folder('b', a)
    const c = await tree.folder('c', b)
    const text = await tree.text('notes.md', c)
    for (const id of [text, c, b]) await tree.trash(id)
    assert.equal(await tree.restore(text), 'ok')
    assert.equal((await tree.node(text)).parentId, a)
    assert.equal(await tree.restore(c), 'ok')
    assert.equal((await tree.node(c)).parentId, a)
  })

  test('gives back alone what lies in a folder there, and leaves what lives where it is', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const b = await tree.folder('b', a)
    const inner = await tree.folder('inner', b)
    const deep = await tree.text('deep.md', inner, 'deep')
    const text = await tree.text('notes.md', b, 'words')
    await tree.trash(b)
    const { nextCursor } = await tree.changes()
    for (const id of [text, inner]) assert.equal(await tree.restore(id), 'ok')
    assert.deepEqual(await Promise.all([text, deep, b].map((id) => tree.path(id))), [
      'a/notes.md',
      'a/inner/deep.md',
      'a/b',
    ])
    assert.notEqual((await tree.node(b)).trashedAt, null)
    const { items } = await tree.changes(nextCursor)
    assert.deepEqual(
      new Set(items.map((item) => item.type === 'node' && item.node.id)),
      new Set([text, inner]),
    )
    const { nextCursor: after } = await tree.changes()
    for (const id of [text, deep, a]) assert.equal(await tree.restore(id), 'ok')
    assert.deepEqual((await tree.changes(after)).items, [])
    assert.equal(await tree.caller.text(`/nodes/${text}/content`), 'words')
  })

  test('undoes a batch: folders come back with what lay in them', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const b = await tree.folder('b', a)
    const text = await tree.text('notes.md', b)
    const { batchId } = await tree.bulk([text, b, a].map((id) => ({ type: 'trash', id })))
    assert.equal((await list(tree)).items.length, 3)
    assert.equal(await tree.code('POST', `/trash/batches/${batchId}/undo`), 'ok')
    assert.equal(await tree.path(text), 'a/b/notes.md')
    assert.equal((await list(tree)).items.length, 0)
  })

  test('purges a folder with all below it; what went to the trash before it stays there', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const b = await tree.folder('b', a)
    const kept = await tree.text('kept.md', b)
    const gone = await tree.text('gone.md', b)
    await tree.trash(kept)
    await tree.trash(a)
    const { nextCursor } = await tree.changes()
    assert.equal(await tree.purge(a), 'ok')
    for (const id of [a, b, gone]) assert.equal(await tree.code('GET', `/nodes/${id}`), 'not_found')
    const { items } = await tree.changes(nextCursor)
    assert.deepEqual(
      new Set(items.flatMap((item) => (item.type === 'gone' ? [item.id] : []))),
      new Set([a, b, gone]),
    )
    assert.equal(await tree.restore(kept), 'ok')
    assert.equal(await tree.path(kept), 'kept.md')
  })

  test('never gives the id of a purged node again', async () => {
    const tree = await TestTree.open(server)
    const id = uuidv7()
    const body = { parentId: tree.rootId, name: 'a', kind: 'folder', id }
    assert.equal(await tree.code('POST', '/nodes', body), 'ok')
    await tree.trash(id)
    assert.equal(await tree.code('POST', '/nodes', body), 'id_taken')
    assert.equal(await tree.purge(id), 'ok')
    assert.equal(await tree.code('POST', '/nodes', body), 'id_taken')
    const text = { ...body, kind: 'text', name: 'b.md' }
    assert.equal(await tree.code('POST', '/nodes', text), 'id_taken')
    const source = await tree.text('c.md')
    const copy = { id, parentId: tree.rootId, name: 'copy.md' }
    assert.equal(await tree.code('POST', `/nodes/${source}/copies`, copy), 'id_taken')
  })

  test('purges only what is in it', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    assert.equal(await tree.purge(a), 'bad_request')
    assert.equal(await tree.code('DELETE', `/nodes/${tree.rootId}`), 'bad_request')
  })

  test('purges a folder of more nodes than a statement has parameters', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    await fillWithFolders(a, 66_000)
    await tree.trash(a)
    assert.equal(await tree.purge(a), 'ok')
  })

  test('waits for what is being made in a folder that it purges', async () => {
    const tree = await TestTree.open(server)
    for (let round = 0; round < 15; round++) {
      const a = await tree.folder('a')
      const inner = await tree.folder('inner', a)
      const made = ['x', 'y', 'z'].map((name) =>
        tree.code('POST', '/nodes', { parentId: inner, name, kind: 'folder' }),
      )
      await tree.trash(a)
      assert.equal(await tree.purge(a), 'ok')
      await Promise.all(made)
    }
  })

  test('is emptied of what has lain there for its time', async () => {
    const tree = await TestTree.open(server)
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    const inner = await tree.text('inner.md', a)
    await tree.trash(inner)
    await tree.trash(a)
    server.clock.advance(29 * 86_400_000)
    await tree.trash(b)
    assert.equal(await server.files.tidyTrash(), 0)
    server.clock.advance(2 * 86_400_000)
    assert.ok((await server.files.tidyTrash()) >= 2)
    assert.deepEqual(
      (await list(tree)).items.map(({ node }) => node.id),
      [b],
    )
  })

  test('is emptied at once by who may, and by nobody else', async () => {
    const eve = await server.addUser('eve')
    const tree = await TestTree.open(server, { eve: 'editor' })
    await tree.trash(await tree.folder('a', await tree.folder('b')))
    const path = `/trash?spaceId=${tree.spaceId}`
    assert.equal(await tree.as(eve).code('DELETE', path), 'forbidden')
    assert.deepEqual((await tree.ask('DELETE', path)).body, { purged: 1 })
  })

  test('gives back a text that somebody edited who had not seen it go', async () => {
    const tree = await TestTree.open(server)
    const text = await tree.text('notes.md', tree.rootId, 'words')
    const { createdBy } = await tree.node(text)
    await tree.trash(text)
    await edit(text, createdBy)
    await server.files.flushTouches()
    await waitUntil('it is back', async () => (await tree.node(text)).trashedAt === null)
    assert.equal(await tree.caller.text(`/nodes/${text}/content`), 'more words')
  })

  test('gives back a text alone whose folder went while somebody edited it', async () => {
    const tree = await TestTree.open(server)
    const outer = await tree.folder('outer')
    const a = await tree.folder('a', outer)
    const b = await tree.folder('b', a)
    const text = await tree.text('notes.md', b, 'words')
    const beside = await tree.text('beside.md', b)
    await tree.text('Notes.md', outer)
    const { createdBy } = await tree.node(text)
    await edit(beside, createdBy)
    await tree.trash(a)
    // Both are touched now, in this order: the one that was edited before stays.
    await edit(text, createdBy)
    await server.files.flushTouches()
    await waitUntil('it is back', async () => (await tree.node(text)).parentId === outer)
    assert.equal(await tree.path(text), 'outer/notes (2).md')
    assert.equal(await tree.caller.text(`/nodes/${text}/content`), 'more words')
    assert.equal((await tree.node(beside)).parentId, b)
    assert.notEqual((await tree.node(a)).trashedAt, null)
    const { rows } = await server.db.pool.query(
      `SELECT payload ->> 'reason' AS reason FROM events
       WHERE node_id = $1 AND type = 'file.restored'`,
      [text],
    )
    assert.deepEqual(rows, [{ reason: 'edited' }])
  })

  test('leaves a text with a folder that went after the edit, though it lay in the trash before', async () => {
    const tree = await TestTree.open(server)
    const [a, other] = [await tree.folder('a'), await tree.folder('other')]
    const b = await tree.folder('b', a)
    const text = await tree.text('notes.md', b, 'words')
    const late = await tree.text('late.md', other)
    const { createdBy } = await tree.node(text)
    await tree.trash(b)
    await edit(text, createdBy)
    await tree.trash(a)
    await tree.trash(other)
    await edit(late, createdBy)
    await server.files.flushTouches()
    await waitUntil('the other is back', async () => (await tree.node(late)).parentId !== other)
    assert.equal((await tree.node(text)).parentId, b)
  })

  test('gives it back after a restart too, out of a folder as well', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const [text, within, quiet] = [
      await tree.text('notes.md', tree.rootId, 'words'),
      await tree.text('within.md', await tree.folder('b', a), 'words'),
      await tree.text('quiet.md', a, 'words'),
    ]
    await server.files.flushTouches()
    await tree.trash(text)
    await tree.trash(a)
    // As by a process that was killed right after its commit.
    for (const id of [text, within]) {
      await server.db.pool.query('UPDATE documents SET seq = seq + 1 WHERE id = $1', [id])
      await server.db.pool.query(
        `INSERT INTO update_log (document_id, seq, author_id, payload)
         SELECT id, seq, (SELECT created_by FROM nodes WHERE id = $1), '\\x0000' FROM documents WHERE id = $1`,
        [id],
      )
    }
    await using another = server.openAnother()
    await another.start()
    await waitUntil('it is back', async () => (await tree.node(text)).trashedAt === null)
    await waitUntil('both are', async () => (await tree.node(within)).parentId === tree.rootId)
    assert.equal((await tree.node(quiet)).parentId, a)
  })

  async function edit(id: string, person: Node['createdBy']): Promise<void> {
    assert.ok(person)
    await server.live.documents.editText(id as NodeId, person.id, () => [
      { from: 0, to: 0, insert: 'more ' },
    ])
  }

  /** Empty folders in a folder whose document lists none yet. */
  async function fillWithFolders(parentId: string, count: number): Promise<void> {
    await server.db.pool.query(
      `WITH space AS (UPDATE spaces SET seq = seq + $2 WHERE id = (
         SELECT space_id FROM nodes WHERE id = $1) RETURNING id, seq - $2 AS seq
       ), made AS (
         INSERT INTO nodes (id, space_id, parent_id, name, name_key, kind, rev)
         SELECT gen_random_uuid(), space.id, $1, 'f' || n, 'f' || n, 'folder', space.seq + n
         FROM space, generate_series(1, $2::int) n RETURNING id
       ) INSERT INTO documents (id) SELECT id FROM made`,
      [parentId, count],
    )
  }
})
