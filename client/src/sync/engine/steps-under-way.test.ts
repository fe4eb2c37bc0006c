import type { NodeId } from '@cloudsync/protocol'
import assert from 'node:assert/strict'
import test from 'node:test'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testStepContext } from '../testing/test-step-context.ts'
import { defaultLimits } from './engine-options.ts'
import { PlanRun } from './plan-run.ts'
import { LocksOfSteps } from './step-locks.ts'
import { StaleError } from './step-failures.ts'
import { StepsUnderWay } from './steps-under-way.ts'

const id = '00000000-0000-7000-8000-000000000002' as NodeId

test('a step that has failed is under way no more when that is told, so that the next plan may change its node', async () => {
  await using folder = await openTestDisk()
  const context = testStepContext({ disk: folder.disk })
  const told: { error: unknown; changes: boolean }[] = []
  const steps = new StepsUnderWay({
    context,
    limits: defaultLimits,
    onFinished: (_step, _path, error) => told.push({ error, changes: steps.changes(id) }),
    onBug: (error) => assert.ifError(error),
    onEnd: () => undefined,
  })
  const operation = { kind: 'upload-change', id, localContent: 'one', remoteBase: 'base' } as const
  const locks = new LocksOfSteps(context.store.trees, context.rootId).of(operation)
  steps.start(new PlanRun([{ operation, locks }], []))
  assert.ok(steps.changes(id))
  await steps.allEnded()
  assert.equal(told.length, 1)
  assert.ok(told[0]?.error instanceof StaleError)
  assert.equal(told[0].changes, false)
})
