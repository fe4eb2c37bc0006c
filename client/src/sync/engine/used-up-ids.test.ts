import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import test from 'node:test'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testRootId, testStepContext } from '../testing/test-step-context.ts'
import { NodeProblems } from './node-problems.ts'
import { RefusedError } from './step-failures.ts'
import { settleUsedUp } from './used-up-ids.ts'

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
  const problems = new NodeProblems(context)
  const fail = (code: string) => {
    const operation = {
      kind: 'create-remote-folder',
      id,
      parentId: testRootId,
      name: 'docs',
    } as const
    const error = new RefusedError(code, code)
    problems.noteFailure(operation, error)
    settleUsedUp(context, operation, error)
  }
  fail('id_taken')
  assert.ok(local.has(id), 'the feed may be about to tell of it')
  fail('name_taken')
  assert.ok(local.has(id))
  fail('id_taken')
  const docs = [...local.values()].find(({ name }) => name === 'docs')
  assert.ok(docs && docs.id !== id)
  assert.equal(local.get(childId)?.parentId, docs.id)
})
