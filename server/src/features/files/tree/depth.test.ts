import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { v7 as uuidv7 } from 'uuid'
import { openTestFiles, type TestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'

suite('the depth of a tree', () => {
  let server: TestFiles
  let tree: TestTree
  /** With the root they are as many as may lie in one another. */
  let ids: string[]
  let lowest: string
  let above: string
  before(async () => {
    server = await openTestFiles()
    tree = await TestTree.open(server)
    ids = await chain(999)
    ;[above = '', lowest = ''] = ids.slice(-2)
  })
  after(async () => {
    await tree.requireSound()
    await server[Symbol.asyncDispose]()
  })

  const make = (id: string, parentId: string, name = 'made') => ({
    type: 'create',
    id,
    parentId,
    name,
    kind: 'folder',
  })

  /** Folders in one another, from the highest to the lowest. */
  async function chain(length: number, name = 'f'): Promise<string[]> {
    const made = [tree.rootId, ...Array.from({ length }, () => uuidv7())]
    const operations = made.slice(1).map((id, index) => make(id, made[index] ?? '', name))
    for (let from = 0; from < length; from += 200)
      await tree.bulk(operations.slice(from, from + 200))
    return made.slice(1)
  }

  test('does not keep a folder from the place where it lay', async () => {
    await tree.trash(lowest)
    assert.equal(await tree.restore(lowest), 'ok')
  })

  test('has a bound for folders that are made, and none for files', async () => {
    const body = { parentId: lowest, name: 'made', kind: 'folder' }
    assert.equal(await tree.code('POST', '/nodes', body), 'too_deep')
    assert.equal(await tree.code('POST', '/nodes', { ...body, kind: 'text' }), 'ok')
    assert.equal(await tree.code('POST', '/nodes', { ...body, parentId: above }), 'ok')
  })

  test('counts what was made and moved before in one request', async () => {
    const [one, two, three] = [uuidv7(), uuidv7(), uuidv7()]
    const codes = await tree.bulkCodes([
      make(one, tree.rootId),
      make(two, one),
      { type: 'move', id: two, parentId: above, name: 'moved' },
      make(three, two),
    ])
    assert.deepEqual(codes, ['ok', 'ok', 'ok', 'too_deep'])
  })

  test('has the same bound for copies and moves, of all that comes along', async () => {
    const [low = '', below = ''] = await chain(2, 'low')
    const copyTo = (parentId: string) =>
      tree.code('POST', `/nodes/${low}/copies`, { parentId, name: 'copy' })
    const names = await tree.names(above)
    assert.equal(await copyTo(above), 'too_deep')
    assert.deepEqual(await tree.names(above), names)
    assert.equal(await copyTo(ids.at(-3) ?? ''), 'ok')

    assert.equal(await tree.move(low, lowest), 'too_deep')
    assert.equal(await tree.move(low, above), 'too_deep')
    assert.equal(await tree.move(below, above), 'ok')
    assert.equal(await tree.move(low, above, { name: 'low too' }), 'ok')
  })

  test('lets a folder move up, however high it stands', async () => {
    const [, second = '', third = ''] = ids
    assert.equal(await tree.move(second, third), 'would_cycle')
    assert.equal(await tree.move(second, tree.rootId, { name: 'higher' }), 'ok')
  })
})
