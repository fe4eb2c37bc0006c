import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { v7 as uuidv7 } from 'uuid'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openStockClient, waitUntil } from '../../../../testing/stock-clients.ts'
import { openTestFiles } from '../testing/open-test-files.ts'
import { TestTree } from '../testing/test-tree.ts'

const server = sharedByTests(await openTestFiles())

suite('a change of what somebody has seen', () => {
  test('is done when the node is as they know it, and otherwise changes nothing', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.folder('a')
    const { seq } = await tree.node(id)
    const rename = (ifSeq: number, name: string) =>
      tree.code('PATCH', `/nodes/${id}`, { name, ifSeq })
    assert.equal(await rename(seq, 'b'), 'ok')
    const { status, body } = await tree.ask('PATCH', `/nodes/${id}`, { name: 'c', ifSeq: seq })
    const { seq: now, name } = await tree.node(id)
    assert.equal(status, 412)
    assert.deepEqual(
      { code: 'precondition_failed', seq: now },
      { code: (body as { code: string }).code, seq: (body as { seq: number }).seq },
    )
    assert.equal(name, 'b')
    assert.equal(await tree.code('DELETE', `/nodes/${id}?ifSeq=${seq}`), 'precondition_failed')
    assert.equal((await tree.node(id)).seq, now)
    assert.equal(await tree.code('DELETE', `/nodes/${id}?ifSeq=nonsense`), 'bad_request')
    assert.equal(await tree.code('DELETE', `/nodes/${id}?ifSeq=${now}`), 'ok')
    assert.equal(
      await tree.code('DELETE', `/nodes/${id}?ifSeq=${now}`),
      'ok',
      'it is there already',
    )
  })

  test('is asked of each operation by itself, of the node as it was before the request', async () => {
    const tree = await TestTree.open(server)
    const [a, b] = [await tree.folder('a'), await tree.folder('b')]
    const seqs = [(await tree.node(a)).seq, (await tree.node(b)).seq] as const
    await tree.caller.patch(`/nodes/${b}`, { name: 'B' })
    assert.deepEqual(
      await tree.bulkCodes([
        { type: 'move', id: a, name: 'renamed', ifSeq: seqs[0] },
        { type: 'move', id: b, name: 'renamed too', ifSeq: seqs[1] },
        { type: 'trash', id: b, ifSeq: seqs[1] },
        { type: 'trash', id: a, ifSeq: seqs[0] },
        { type: 'restore', id: a, ifSeq: 1 },
      ]),
      ['ok', 'precondition_failed', 'precondition_failed', 'ok', 'precondition_failed'],
    )
    assert.deepEqual(await tree.names(), ['B'])
    await tree.requireSound()
  })

  test('does not delete a text that somebody has edited since, told of it or not', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.text('notes.md', tree.rootId, 'words')
    await server.files.flushTouches()
    using ada = openStockClient(server.ada, id)
    await ada.saved()
    const { seq } = await tree.node(id)
    // As a server that ends right after it leaves an edit: durable, and no touch of it.
    ada.text.insert(0, 'unseen ')
    await ada.saved()
    assert.equal(await tree.code('DELETE', `/nodes/${id}?ifSeq=${seq}`), 'precondition_failed')
    await server.files.flushTouches()
    await waitUntil('it is told', async () => (await tree.node(id)).seq > seq)
    assert.equal(await tree.code('DELETE', `/nodes/${id}?ifSeq=${seq}`), 'precondition_failed')
    assert.equal(await tree.code('DELETE', `/nodes/${id}?ifSeq=${(await tree.node(id)).seq}`), 'ok')
  })

  test('does not delete a folder in which somebody has changed something since, told of it or not', async () => {
    const tree = await TestTree.open(server)
    const folder = await tree.folder('docs')
    const inner = await tree.folder('inner', folder)
    const id = await tree.text('notes.md', inner, 'words')
    await server.files.flushTouches()
    using ada = openStockClient(server.ada, id)
    await ada.saved()
    const trash = async (ifSeqBelow: number) => {
      const { seq } = await tree.node(folder)
      return tree.bulkCodes([{ type: 'trash', id: folder, ifSeq: seq, ifSeqBelow }])
    }
    const { seq } = await tree.node(id)
    assert.deepEqual(await trash(seq - 1), ['precondition_failed'])
    // As a server that ends right after it leaves an edit: durable, and no touch of it.
    ada.text.insert(0, 'unseen ')
    await ada.saved()
    assert.deepEqual(await trash(seq), ['precondition_failed'])
    await server.files.flushTouches()
    await waitUntil('it is told', async () => (await tree.node(id)).seq > seq)
    assert.deepEqual(await trash(seq), ['precondition_failed'])
    assert.deepEqual(await trash((await tree.node(id)).seq), ['ok'])
  })

  test('asked again with its key gives what it gave', async () => {
    const tree = await TestTree.open(server)
    const id = await tree.folder('a')
    const { seq } = await tree.node(id)
    const key = uuidv7()
    const rename = (ifSeq: number) => tree.code('PATCH', `/nodes/${id}`, { name: 'b', ifSeq }, key)
    assert.equal(await rename(seq), 'ok')
    assert.equal(await rename(seq), 'ok')
    assert.equal(await rename(seq + 1), 'idempotency_mismatch')
  })
})

test('an edit that a process did not live to tell of is told by the next', async () => {
  const tree = await TestTree.open(server)
  const id = await tree.text('notes.md', tree.rootId, 'words')
  await server.files.flushTouches()
  const { nextCursor } = await tree.changes('latest')
  // As it would be left: the log has a row that the node knows nothing of.
  await server.db.pool.query('UPDATE nodes SET touched_seq = 0 WHERE id = $1', [id])
  await using next = server.openAnother()
  await next.start()
  await next.flushTouches()
  const { items } = await tree.changes(nextCursor)
  assert.deepEqual(
    items.map((item) => item.type === 'node' && item.node.id),
    [id],
  )
})
