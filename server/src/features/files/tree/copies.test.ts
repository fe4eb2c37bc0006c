import assert from 'node:assert/strict'
import { afterEach, suite, test } from 'node:test'
import type { Node } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openStockClient } from '../../../../testing/stock-clients.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'

const server = sharedByTests(await openTestFiles())

suite('copies', () => {
  afterEach(async () => assert.deepEqual(await findTreeFaults(server.db.kysely), []))

  const copy = (tree: TestTree, id: string, body: object) =>
    tree.caller.post<Node>(`/nodes/${id}/copies`, body)
  const find = async (tree: TestTree, path: string) =>
    tree.caller.get<Node>(`/spaces/${tree.spaceId}/path?path=${encodeURIComponent(path)}`)

  test('of a folder hold all that lives below it, with words and bytes', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const inner = await tree.folder('inner', a)
    await tree.text('notes.md', inner, 'words\r\nmore\r\n')
    const picture = await tree.blob('picture.bin', inner)
    await tree.trash(await tree.text('trashed.md', inner))
    await copy(tree, a, { parentId: tree.rootId, name: 'b' })
    const text = await find(tree, 'b/inner/notes.md')
    assert.equal(await tree.caller.text(`/nodes/${text.id}/content`), 'words\r\nmore\r\n')
    const blob = await find(tree, 'b/inner/picture.bin')
    assert.equal(blob.sha256, (await tree.node(picture)).sha256)
    assert.notEqual(blob.id, picture)
    assert.deepEqual(await tree.names((await find(tree, 'b/inner')).id), [
      'notes.md',
      'picture.bin',
    ])
    await tree.caller.put(`/nodes/${text.id}/content`, 'other words')
    const original = await find(tree, 'a/inner/notes.md')
    assert.equal(await tree.caller.text(`/nodes/${original.id}/content`), 'words\r\nmore\r\n')
  })

  test('of a text that is being typed in have the size of what was typed', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('notes.md')
    using editor = openStockClient(tree.caller, id)
    await editor.until('it is loaded', () => editor.provider.isSynced)
    editor.text.insert(0, 'a')
    await editor.until('it is saved', () => editor.provider.unsyncedChanges === 0)
    await server.files.flushTouches()
    editor.text.insert(1, 'b'.repeat(9_999))
    await editor.until('it is saved', () => editor.provider.unsyncedChanges === 0)
    const { sizeBytes } = await copy(tree, id, { parentId: tree.rootId, name: 'copy.md' })
    assert.equal(sizeBytes, 10_000)
    await server.files.flushTouches()
  })

  test('of a folder into itself end', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    await tree.folder('inner', a)
    await copy(tree, a, { parentId: a })
    assert.deepEqual(await tree.names((await find(tree, 'a/a')).id), ['inner'])
  })

  test('to another space, and with an id of the caller, are made once', async () => {
    const [one, other] = [await TestTree.open(server), await TestTree.open(server)]
    const a = await one.folder('a')
    await one.text('notes.md', a, 'words')
    const id = uuidv7()
    const body = { parentId: other.rootId, id }
    assert.equal((await copy(one, a, body)).id, id)
    assert.equal((await copy(one, a, body)).id, id)
    assert.deepEqual(await other.names(), ['a'])
    assert.equal((await find(other, 'a/notes.md')).spaceId, other.spaceId)
  })

  test('of what is in the trash, or into it, are refused', async () => {
    const tree = await TestTree.open(server)
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    const inner = await tree.text('inner.md', a)
    await tree.trash(a)
    assert.equal(await tree.code('POST', `/nodes/${a}/copies`, { parentId: b }), 'trashed')
    assert.equal(await tree.code('POST', `/nodes/${b}/copies`, { parentId: a }), 'trashed')
    assert.equal(await tree.code('POST', `/nodes/${inner}/copies`, { parentId: b }), 'trashed')
  })
})
