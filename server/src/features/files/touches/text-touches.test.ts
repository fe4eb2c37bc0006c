import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Node, NodeId, UserId } from '@cloudsync/protocol'
import * as Y from 'yjs'
import { sharedByTests } from '../../../../testing/shared-by-tests.ts'
import { openStockClient, waitUntil } from '../../../../testing/stock-clients.ts'
import { openTestFiles } from '../testing/open-test-files.ts'

const server = sharedByTests(await openTestFiles())

suite('an edit of live text', () => {
  const create = async () => {
    const { rootId } = await server.newSpace()
    const node = await server.ada.post<Node>('/nodes', {
      parentId: rootId,
      name: 'a.md',
      kind: 'text',
    })
    return { id: node.id, userId: node.createdBy?.id as UserId }
  }
  const edit = (id: NodeId, userId: UserId, insert: string) =>
    server.live.documents.editText(id, userId, () => [{ from: 0, to: 0, insert }])
  const read = (id: NodeId) => server.ada.get<Node>(`/nodes/${id}`)
  const updates = async (id: NodeId) => {
    const { rows } = await server.db.pool.query<{
      payload: { position: { seq: number }; sizeBytes: number }
    }>(
      "SELECT payload FROM events WHERE node_id = $1 AND type = 'file.updated' ORDER BY created_at, id",
      [id],
    )
    return rows.map((row) => row.payload)
  }

  test('enters the change feed by itself', async () => {
    const { id } = await create()
    const { rows: before } = await server.db.pool.query<{ rev: number }>(
      'SELECT rev FROM nodes WHERE id = $1',
      [id],
    )
    using editor = openStockClient(server.ada, id)
    server.clock.advance(1000)
    editor.text.insert(0, 'héllo')
    await editor.saved()
    await waitUntil('it is touched', async () => (await read(id)).sizeBytes === 6)
    const node = await read(id)
    assert.equal(node.updatedAt, server.clock.now().toISOString())
    assert.equal(node.updatedBy?.name, 'Ada')
    const { rows } = await server.db.pool.query<{ rev: number }>(
      'SELECT rev FROM nodes WHERE id = $1',
      [id],
    )
    assert.ok((rows[0]?.rev ?? 0) > (before[0]?.rev ?? 0))
  })

  test('shares its touch with the edits that follow it', async () => {
    const { id, userId } = await create()
    const started = performance.now()
    for (let index = 0; index < 40; index++) await edit(id, userId, 'x')
    await server.files.flushTouches()
    const elapsedMs = performance.now() - started
    const touches = await updates(id)
    assert.ok(
      touches.length >= 1 && touches.length <= elapsedMs / 300 + 3,
      `${touches.length} in ${elapsedMs} ms`,
    )
    assert.equal(touches.at(-1)?.sizeBytes, 40)
    assert.equal((await read(id)).sizeBytes, 40)
  })

  test('that programs save as a file is seen sooner by who waits for it', async () => {
    const { id } = await create()
    const copy = new Y.Doc()
    const touchedAtMs: number[] = []
    for (let saved = 1; saved <= 8; saved++) {
      copy.getText('content').insert(0, 'word ')
      const stateVector = base64(Y.encodeStateVector(copy))
      const update = base64(Y.encodeStateAsUpdate(copy))
      await server.ada.post('/texts/exchange', { items: [{ nodeId: id, stateVector, update }] })
      await waitUntil('it is touched', async () => (await updates(id)).length >= saved)
      touchedAtMs.push(performance.now())
    }
    const waits = touchedAtMs.slice(1).map((ms, index) => ms - (touchedAtMs[index] ?? 0))
    // Of letters that somebody types, none would come within a second of the last ones.
    assert.ok(Math.min(...waits) < 900, waits.join())
  })

  test('is touched with many others in one go', async () => {
    const made = await Promise.all(Array.from({ length: 60 }, () => create()))
    await Promise.all(made.map(({ id, userId }) => edit(id, userId, 'text')))
    await server.files.flushTouches()
    for (const { id } of made) assert.equal((await read(id)).sizeBytes, 4)
  })

  test('is touched when the service stops', async () => {
    const { id, userId } = await create()
    await using stopping = server.openAnother()
    await edit(id, userId, 'one')
    await edit(id, userId, 'two')
    await stopping[Symbol.asyncDispose]()
    assert.equal((await read(id)).sizeBytes, 6)
  })

  test('is touched later when that is not possible now, and holds up nobody', async () => {
    const { id, userId } = await create()
    await server.db.pool.query('ALTER TABLE version_dues RENAME TO version_dues_away')
    const after = await edit(id, userId, 'one')
    assert.equal(after.text, 'one')
    await server.files.flushTouches()
    assert.equal((await read(id)).sizeBytes, 0)
    await server.db.pool.query('ALTER TABLE version_dues_away RENAME TO version_dues')
    await waitUntil('it is tried again', async () => (await read(id)).sizeBytes === 3)
  })

  test('of a text that is gone is passed over', async () => {
    const { id, userId } = await create()
    await edit(id, userId, 'one')
    await server.db.pool.query('DELETE FROM nodes WHERE id = $1', [id])
    await server.files.flushTouches()
    const other = await create()
    await edit(other.id, other.userId, 'two')
    await server.files.flushTouches()
    assert.equal((await read(other.id)).sizeBytes, 3)
  })
})

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
