import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient, isCloudSyncError } from '@cloudsync/client'
import { startTestServer, testAdmin } from '../../server/testing/index.ts'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'

const server = sharedByTests(await startTestServer())
const client = createClient({ url: server.url, credentials: testAdmin })
const [space] = await client.spaces.list().all()
assert.ok(space)
const { id: spaceId, rootId } = space

test('whoever signs in with a password is told who they are', async () => {
  assert.equal((await client.me()).email, testAdmin.email)
})

test('a file that is made can be read, found by its path, moved, copied, trashed and restored', async () => {
  const folder = await client.nodes.create({ parentId: rootId, name: 'Plans', kind: 'folder' })
  const file = await client.nodes.createFile({
    parentId: folder.id,
    name: 'a.txt',
    content: 'first',
  })
  assert.equal(await client.content.text(file.id), 'first')
  assert.equal((await client.spaces.nodeAt(spaceId, 'Plans/a.txt')).id, file.id)
  await client.nodes.move(file.id, { parentId: rootId, name: 'b.txt' })
  const copy = await client.nodes.copy(file.id, { parentId: folder.id })
  assert.equal(copy.name, 'b.txt')
  const names = (await client.nodes.children(folder.id, { pageSize: 1 }).all()).map((n) => n.name)
  assert.deepEqual(names, ['b.txt'])
  const { batchId } = await client.nodes.trash(file.id)
  const [trashed] = await client.trash.list(spaceId).all()
  assert.equal(trashed?.batchId, batchId)
  const { items } = await client.trash.undo(batchId)
  assert.deepEqual(
    items.map(({ id }) => id),
    [file.id],
  )
  assert.deepEqual(
    (await client.nodes.ancestors(copy.id)).map(({ id }) => id),
    [rootId, folder.id],
  )
})

test('a list is paged through to its end', async () => {
  const folder = await client.nodes.create({ parentId: rootId, name: 'Many', kind: 'folder' })
  const operations = Array.from({ length: 25 }, (_, index) => ({
    type: 'create' as const,
    parentId: folder.id,
    name: `${index}`,
    kind: 'folder' as const,
  }))
  const { results } = await client.nodes.bulk(operations)
  assert.ok(results.every(({ ok }) => ok))
  const children = await client.nodes.children(folder.id, { pageSize: 10 }).all()
  assert.equal(new Set(children.map(({ id }) => id)).size, 25)
})

test('a refusal says by a stable code what is wrong', async () => {
  await client.nodes.create({ parentId: rootId, name: 'Taken', kind: 'folder' })
  await assert.rejects(
    client.nodes.create({ parentId: rootId, name: 'Taken', kind: 'folder' }),
    (error) =>
      isCloudSyncError(error, 'name_taken') && error.status === 409 && error.retryable === false,
  )
})

test('a content is read whole, in part, and not at all when it is known', async () => {
  const file = await client.nodes.createFile({
    parentId: rootId,
    name: 'bytes.bin',
    content: Uint8Array.from([0, 1, 2, 3, 4]),
  })
  const whole = await client.content.get(file.id)
  assert.ok(whole.kind === 'whole')
  assert.equal(whole.sizeBytes, 5)
  await whole.body.cancel()
  const part = await client.content.get(file.id, { range: { start: 1, end: 3 } })
  assert.ok(part.kind === 'part')
  assert.deepEqual([part.start, part.end, part.totalBytes], [1, 3, 5])
  assert.deepEqual([...(await part.body.bytes())], [1, 2])
  assert.deepEqual(await client.content.get(file.id, { known: [whole.etag] }), {
    kind: 'unchanged',
    etag: whole.etag,
  })
})

test('a content that was put has a version for what it was', async () => {
  const content = Uint8Array.from([0, 1])
  const file = await client.nodes.createFile({ parentId: rootId, name: 'v.bin', content })
  const first = await client.content.get(file.id)
  assert.ok('body' in first)
  await first.body.cancel()
  const put = await client.content.put(file.id, Uint8Array.from([0, 2]), { ifMatch: first.etag })
  assert.equal(put.outcome, 'replaced')
  const versions = await client.versions.list(file.id).all()
  const earlier = versions.find(({ sha256 }) => sha256 === first.etag)
  assert.ok(earlier)
  await client.versions.restore(file.id, earlier.number)
  assert.deepEqual([...(await client.content.bytes(file.id))], [0, 1])
})
