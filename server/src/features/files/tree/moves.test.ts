import assert from 'node:assert/strict'
import { afterEach, suite, test } from 'node:test'
import { findTreeFaults } from '../../../../testing/check-tree.ts'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'

const server = sharedByTests(await openTestFiles())

suite('moves', () => {
  afterEach(async () => assert.deepEqual(await findTreeFaults(server.db.kysely), []))

  test('take a node to another folder, under another name if asked, with all below it', async () => {
    const tree = await TestTree.open(server)
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    const inner = await tree.folder('inner', a)
    const text = await tree.text('deep.md', inner, 'words')
    assert.equal(await tree.move(inner, b, { name: 'moved' }), 'ok')
    assert.equal(await tree.path(text), 'b/moved/deep.md')
    assert.equal(await tree.caller.text(`/nodes/${text}/content`), 'words')
    assert.deepEqual(await tree.names(a), [])
  })

  test('change no row of what lies below', async () => {
    const tree = await TestTree.open(server)
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    const child = await tree.text('child.md', a)
    const before = await tree.node(child)
    assert.equal(await tree.move(a, b), 'ok')
    assert.equal(await tree.code('PATCH', `/nodes/${b}`, { name: 'c' }), 'ok')
    assert.deepEqual(await tree.node(child), before)
  })

  test('into a folder with an entry of the name are refused, or take the next name', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    await tree.text('NOTES.md', a)
    const notes = await tree.text('notes.md')
    assert.equal(await tree.move(notes, a), 'name_taken')
    assert.equal((await tree.node(notes)).parentId, tree.rootId)
    assert.equal(await tree.move(notes, a, { ifTaken: 'rename' }), 'ok')
    assert.deepEqual(await tree.names(a), ['notes (2).md', 'NOTES.md'])
  })

  test('of a folder into itself, or below itself, are refused', async () => {
    const tree = await TestTree.open(server)
    const a = await tree.folder('a')
    const inner = await tree.folder('inner', a)
    assert.equal(await tree.move(a, a), 'would_cycle')
    assert.equal(await tree.move(a, inner), 'would_cycle')
    assert.equal(await tree.move(tree.rootId, inner), 'bad_request')
  })

  test('into a file and into the trash are refused', async () => {
    const tree = await TestTree.open(server)
    const [a, gone] = [await tree.folder('a'), await tree.folder('gone')]
    const below = await tree.folder('below', gone)
    const text = await tree.text('a.md')
    await tree.trash(gone)
    assert.equal(await tree.move(a, text), 'bad_request')
    assert.equal(await tree.move(a, gone), 'trashed')
    assert.equal(await tree.move(a, below), 'trashed')
    assert.equal(await tree.move(gone, a), 'trashed')
  })

  test('two at once never make a circle', async () => {
    const tree = await TestTree.open(server)
    for (let round = 0; round < 20; round++) {
      const [p, q] = [await tree.folder(`p${round}`), await tree.folder(`q${round}`)]
      const [a, b] = [await tree.folder('a', p), await tree.folder('b', q)]
      const codes = await Promise.all([tree.move(a, b), tree.move(b, a)])
      assert.deepEqual(codes.toSorted(), ['ok', 'would_cycle'])
    }
    await tree.requireSound()
  })

  test('three at once, in three spaces, never make a circle', async () => {
    const trees = [
      await TestTree.open(server),
      await TestTree.open(server),
      await TestTree.open(server),
    ]
    for (let round = 0; round < 10; round++) {
      const [a, b, c] = await Promise.all(trees.map((tree) => tree.folder(`f${round}`)))
      assert.ok(a && b && c)
      const [tree] = trees
      assert.ok(tree)
      const codes = await Promise.all([tree.move(a, b), tree.move(b, c), tree.move(c, a)])
      assert.ok(codes.filter((code) => code === 'ok').length === 2, codes.join())
      assert.ok(codes.includes('would_cycle'), codes.join())
    }
  })

  test('to another space take along all that lies below, trashed or not', async () => {
    const [one, other] = [await TestTree.open(server), await TestTree.open(server)]
    const a = await one.folder('a')
    const inner = await one.folder('inner', a)
    const text = await one.text('deep.md', inner, 'words')
    const trashed = await one.blob('gone.bin', inner)
    await one.trash(trashed)
    const [before, beforeOther] = [await one.changes(), await other.changes()]
    assert.equal(await one.move(a, other.rootId), 'ok')
    assert.equal((await one.node(text)).spaceId, other.spaceId)
    assert.equal(await one.path(text), 'a/inner/deep.md')
    const left = await one.changes(before.nextCursor)
    assert.deepEqual(
      new Set(left.items.map((item) => item.type === 'gone' && item.id)),
      new Set([a, inner, text, trashed]),
    )
    const arrived = await other.changes(beforeOther.nextCursor)
    assert.deepEqual(
      new Set(arrived.items.map((item) => item.type === 'node' && item.node.id)),
      new Set([a, inner, text, trashed]),
    )
    assert.equal(await one.restore(trashed), 'ok')
    assert.equal((await one.node(trashed)).parentId, inner)
  })

  test('to another space, in one request with others of the same nodes, leave one place each', async () => {
    const [one, other] = [await TestTree.open(server), await TestTree.open(server)]
    const a = await one.folder('a')
    const child = await one.text('child.md', a)
    const spare = await one.folder('spare')
    const move = (id: string, parentId: string) => ({ type: 'move', id, parentId })
    const made = '01890a5d-ac96-774b-bcce-b302099a8057'
    const made2 = '01890a5d-ac96-774b-bcce-b302099a8058'
    const codes = await one.bulkCodes([
      { type: 'create', id: made, parentId: a, name: 'first', kind: 'text' },
      move(a, other.rootId),
      { type: 'create', id: made2, parentId: a, name: 'second', kind: 'text' },
      move(child, spare),
    ])
    assert.deepEqual(codes, ['ok', 'ok', 'ok', 'ok'])
    await one.requireSound()
    assert.equal((await one.node(made2)).spaceId, other.spaceId)
    assert.equal((await one.node(child)).spaceId, one.spaceId)
    const { items } = await one.changes()
    assert.equal(
      items.find((item) => item.type === 'gone' && item.id === child),
      undefined,
    )
  })

  test('to another space and back in one request end where they began', async () => {
    const [one, other] = [await TestTree.open(server), await TestTree.open(server)]
    const a = await one.folder('a')
    await one.text('child.md', a)
    const there = { type: 'move', id: a, parentId: other.rootId }
    const back = { type: 'move', id: a, parentId: one.rootId }
    assert.deepEqual(await one.bulkCodes([there, back, there, back]), ['ok', 'ok', 'ok', 'ok'])
    await one.requireSound()
    assert.deepEqual(await one.names(), ['a'])
  })

  test('to another space wait for what is being made below, and take it along', async () => {
    const [one, other] = [await TestTree.open(server), await TestTree.open(server)]
    for (let round = 0; round < 15; round++) {
      const a = await one.folder(`a${round}`)
      const inner = await one.folder('inner', a)
      const [code, ...made] = await Promise.all([
        one.move(a, other.rootId),
        ...['x', 'y', 'z'].map((name) => one.text(name, inner)),
      ])
      assert.equal(code, 'ok')
      assert.equal(made.length, 3)
    }
    await one.requireSound()
  })

  test('that somebody else has made meanwhile go by the policy of the folder', async () => {
    const tree = await TestTree.open(server)
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    const text = await tree.text('a.md')
    const seen = { parentId: tree.rootId, name: 'a.md' }
    assert.equal(await tree.move(text, a), 'ok')
    assert.equal(await tree.move(text, b, { seen }), 'ok')
    assert.equal(await tree.code('PATCH', `/nodes/${tree.rootId}`, { conflictPolicy: 'ask' }), 'ok')
    assert.equal(await tree.move(text, a, { seen }), 'tree_conflict')
    const node = await tree.node(text)
    assert.equal(node.parentId, b)
    assert.equal(node.hasConflicts, true)
    assert.equal(
      await tree.code('PATCH', `/nodes/${text}`, { name: 'mine.md', seen }),
      'ok',
      'a rename does not collide with a move',
    )
    await tree.code('PATCH', `/nodes/${b}`, { conflictPolicy: 'last_write_wins' })
    assert.equal(await tree.move(text, a, { seen }), 'ok')
  })

  test('collide in what was seen of a node alone, also in bulk', async () => {
    const tree = await TestTree.open(server)
    await tree.code('PATCH', `/nodes/${tree.rootId}`, { conflictPolicy: 'ask' })
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    const text = await tree.text('a.md')
    const rename = (name: string, seen: object) =>
      tree.code('PATCH', `/nodes/${text}`, { name, seen })
    assert.equal(await tree.move(text, a), 'ok')
    assert.equal(await rename('b.md', { name: 'a.md' }), 'ok')
    assert.equal(await rename('c.md', { name: 'a.md' }), 'tree_conflict')
    const move = { type: 'move', id: text, parentId: b }
    const codes = await tree.bulkCodes([
      { ...move, seen: { parentId: tree.rootId } },
      { ...move, seen: { parentId: a } },
    ])
    assert.deepEqual(codes, ['tree_conflict', 'ok'])
  })
})
