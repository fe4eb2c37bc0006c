import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differenceTo, figureOf, ratioTo } from './comparison.ts'
import type { Comparison } from './report.ts'

const comparison: Comparison = {
  title: 'ack',
  columns: [],
  ratios: [],
  foreignCores: [],
  repeatedRounds: 0,
  samples: {
    // In its second round somebody else used the machine.
    cloudsync: [{ p50: 2 }, { p50: 20 }, { p50: 3 }],
    hocuspocus: [{ p50: 1 }, { p50: 10 }, { p50: 1 }],
  },
}

test('a ratio compares the rounds that ran next to each other', () => {
  assert.equal(ratioTo(comparison, 'hocuspocus', 'p50'), 2)
  assert.equal(differenceTo(comparison, 'hocuspocus', 'p50'), 2)
})

test('a figure is the median of the rounds', () => {
  assert.equal(figureOf(comparison, 'cloudsync', 'p50'), 3)
})

test('a server that was not measured has no figure', () => {
  assert.ok(Number.isNaN(figureOf(comparison, 'y-websocket', 'p50')))
})
