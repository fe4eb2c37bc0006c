import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import test from 'node:test'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testRootId, testStepContext } from '../testing/test-step-context.ts'
import { FailedCreations } from './failed-creations.ts'
import { RefusedError } from './step-failures.ts'

const id = '00000000-0000-7000-8000-000000000002' as NodeId
const childId = '00000000-0000-7000-8000-000000000003' as NodeId

test('[PL2] what the server has no id for any more gets a fresh one, with what lies in it', async () => {
  await using folder = await openTestDisk()
  const context = testStepContext({ disk: folder.disk })
  const { local } = context.store.trees
  const entry = { kind: 'folder', content: null, fingerprint: null } as const
  context.store.transaction((writer) => {
    writer.putLocal({ id, parentId: testRootId, name: 'docs', ...entry })
    writer.putLocal({ id: childId, parentId: id, name: 'old', ...entry })
  })
  let asked = 0
  const failed = new FailedCreations({ context, askFeed: () => void asked++ })
  const fail = (code: string) => {
    const operation = {
      kind: 'create-remote-folder',
      id,
      parentId: testRootId,
      name: 'docs',
    } as const
    failed.note(operation, new RefusedError(code, code))
  }
  fail('name_taken')
  fail('id_taken')
  assert.ok(local.has(id), 'the feed may be about to tell of it')
  assert.equal(asked, 1)
  fail('name_taken')
  assert.ok(local.has(id))
  await context.gate.look(async () => fail('id_taken'))
  assert.ok(local.has(id), 'a look would find it once more')
  fail('id_taken')
  const docs = [...local.values()].find(({ name }) => name === 'docs')
  assert.ok(docs && docs.id !== id)
  assert.equal(local.get(childId)?.parentId, docs.id)
})
