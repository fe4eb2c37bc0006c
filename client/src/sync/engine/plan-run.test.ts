import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import type { Operation } from '../model/operation.ts'
import { PlanRun, type Step } from './plan-run.ts'

function trash(id: string, ...exclusive: string[]): Step {
  const operation: Operation = { kind: 'trash-remote', id: id as NodeId, seq: 1, below: [] }
  return { operation, locks: { exclusive: new Set([id, ...exclusive]), shared: new Set() } }
}

function move(id: string, ...exclusive: string[]): Step {
  const seen = { parentId: 'p' as NodeId, name: id }
  const operation: Operation = { kind: 'move-remote', id: id as NodeId, ...seen, name: 'x', seen }
  return { operation, locks: { exclusive: new Set([id, ...exclusive]), shared: new Set() } }
}

const takeAll = (run: PlanRun, atMost = 500) =>
  run.takeStructural((ready) => [...ready].slice(0, 1), atMost).map(({ operation }) => operation.id)

test('takes the deletions of one folder together, though each changes its names', () => {
  const steps = ['a', 'b', 'c'].map((id) => trash(id, 'names p'))
  const run = new PlanRun(steps, [])
  const taken = run.takeStructural((ready) => [...ready], 500)
  assert.deepEqual(
    taken.map(({ operation }) => operation.id),
    ['a', 'b', 'c'],
  )
  assert.deepEqual(takeAll(run), [])
  for (const step of taken) run.finish(step, step.operation.id !== 'b')
  assert.ok(run.isDone)
})

test('takes none of them twice, in whichever order they end', () => {
  const run = new PlanRun([trash('a', 'names p'), trash('b', 'names p')], [])
  for (const step of run.takeStructural((ready) => [...ready], 500).toReversed())
    run.finish(step, true)
  assert.deepEqual(takeAll(run), [])
  assert.ok(run.isDone)
})

test('takes no more of them than go into one request, and the rest after that', () => {
  const run = new PlanRun(
    ['a', 'b', 'c'].map((id) => trash(id, 'names p')),
    [],
  )
  const first = run.takeStructural((ready) => [...ready], 2)
  assert.equal(first.length, 2)
  assert.deepEqual(takeAll(run), [])
  for (const step of first) run.finish(step, true)
  assert.deepEqual(takeAll(run), ['c'])
})

test('leaves a deletion behind that waits for something else, too', () => {
  const run = new PlanRun(
    [trash('a', 'names p'), move('m', 'names q'), trash('b', 'names p', 'names q'), move('n', 'b')],
    [],
  )
  assert.deepEqual(takeAll(run), ['a'])
  assert.deepEqual(takeAll(run), ['m'])
})
