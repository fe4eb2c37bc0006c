import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserId } from '@cloudsync/protocol'
import { MemoryBudget, type BudgetedDocument } from './memory-budget.ts'

const [ada, mallory] = ['ada', 'mallory'] as UserId[]

function openDocument(holder: UserId | undefined, memoryBytes: number): BudgetedDocument {
  return { holder, memoryBytes, isIdle: holder === undefined, lastUsedAtMs: performance.now() }
}

function openBudget(documents: readonly BudgetedDocument[]) {
  const closed: BudgetedDocument[] = []
  const budget = new MemoryBudget<BudgetedDocument>({
    maxBytes: 100,
    idleMs: 60_000,
    unload: () => Promise.resolve(),
    closeTo: (document) => closed.push(document),
  })
  for (const document of documents) budget.add(document)
  return { budget, closed }
}

test('a person holds open half of what may be open at all, whatever others hold', () => {
  const { budget } = openBudget([
    openDocument(mallory, 60),
    openDocument(mallory, 41),
    openDocument(ada, 20),
    openDocument(undefined, 500),
  ])
  assert.ok(mallory && budget.isShareExhausted(mallory))
  assert.ok(ada && !budget.isShareExhausted(ada))
})

test('when all is used up whose share is exceeded loses the largest of theirs, and nobody else any', () => {
  const [small, large, hers] = [
    openDocument(mallory, 50),
    openDocument(mallory, 90),
    openDocument(ada, 70),
  ] as const
  const { budget, closed } = openBudget([small, large, hers])
  assert.ok(budget.isExhausted)
  budget.collect()
  assert.deepEqual([...new Set(closed)], [large])
})

test('nobody loses anything while there is room, however much of it they hold', () => {
  const { budget, closed } = openBudget([openDocument(mallory, 150), openDocument(ada, 20)])
  budget.collect()
  assert.deepEqual(closed, [])
})
