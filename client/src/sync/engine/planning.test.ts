import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../model/operation.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testRootId, testStepContext } from '../testing/test-step-context.ts'
import { defaultLimits } from './engine-options.ts'
import { HeldBack } from './held-back.ts'
import { NodeProblems } from './node-problems.ts'
import { Planning } from './planning.ts'
import { RecentDeletions } from './recent-deletions.ts'
import { RefusedError } from './step-failures.ts'

function idOf(count: number): NodeId {
  return `00000000-0000-7000-8000-${String(count).padStart(12, '0')}` as NodeId
}

function upload(count: number, parentId: NodeId): Operation {
  return { kind: 'upload-new', id: idOf(count), parentId, name: `${count}`, localContent: 'a' }
}

test('what comes after many steps that wait for one that failed is carried out all the same', async () => {
  await using folder = await openTestDisk()
  const context = testStepContext({ disk: folder.disk })
  const problems = new NodeProblems(context)
  const refused: Operation = {
    kind: 'create-remote-folder',
    id: idOf(2),
    parentId: testRootId,
    name: 'folder',
  }
  problems.noteFailure(refused, new RefusedError('name_taken', 'by something else'))
  const inIt = Array.from({ length: 10 }, (_, index) => upload(10 + index, refused.id))
  const operations = [refused, ...inIt, upload(3, testRootId)]
  let plans = 0
  const planning = new Planning({
    context,
    limits: { ...defaultLimits, planSteps: 3 },
    heldBack: new HeldBack(context, problems),
    recentDeletions: new RecentDeletions(context.store, 0),
    feed: { changes: 0 },
    observer: { skipped: [] },
    plan() {
      plans++
      return { operations, held: [], waiting: new Map() }
    },
    emit: () => undefined,
  })
  const nowMs = Date.now()
  for (let turn = 0; turn < 20; turn++) {
    planning.update(nowMs, new Set())
    planning.settle()
  }
  const found = planning.run?.takeContents((ready) => [...ready])
  assert.deepEqual(
    found?.map(({ operation }) => operation.id),
    [idOf(3)],
  )
  assert.ok(plans < 6, `${plans} plans`)
})
