import assert from 'node:assert/strict'
import test from 'node:test'
import { ModelServer } from './model-server.ts'
import { SeededRandom } from './seeded-random.ts'

test('an operation is done once, but one that was refused may be done later', () => {
  const random = new SeededRandom(1)
  const server = new ModelServer(random.id(), () => false)
  const at = { id: random.id(), parentId: random.id(), name: 'a' }
  const create = () => server.once('operation', () => server.createFolder(at))
  assert.equal(create().kind, 'stale')
  server.createFolder({ id: at.parentId, parentId: server.rootId, name: 'folder' })
  const done = create()
  assert.equal(done.kind, 'done')
  server.move({ ...at, name: 'b' })
  assert.deepEqual(create(), done)
})
