import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import { makeNode } from '../../testing/make-node.ts'
import { resortNodes } from './resort-nodes.ts'
import { insertSorted } from './insert-sorted.ts'
import { sortInSlices } from './sort-in-slices.ts'
import { sortNodes } from './sort-nodes.ts'

const numeric = (a: number, b: number) => a - b

suite('sorting much', () => {
  test('comes to the same as sorting at once, and breathes on the way', async () => {
    const random = seededRandom(7)
    for (const length of [0, 1, 1999, 2000, 2001, 9000]) {
      const items = Array.from({ length }, () => Math.floor(random() * 500))
      let breaths = 0
      const breathe = async () => {
        breaths++
      }
      const sorted = await sortInSlices(items, numeric, breathe, new AbortController().signal)
      assert.deepEqual(sorted, items.toSorted(numeric))
      assert.ok(breaths >= Math.floor(length / 2000))
    }
  })

  test('keeps the order of equal items', async () => {
    const items = Array.from({ length: 5000 }, (_, index) => ({ key: index % 3, index }))
    const compare = (a: { key: number }, b: { key: number }) => a.key - b.key
    const sorted = await sortInSlices(items, compare, async () => {}, new AbortController().signal)
    assert.deepEqual(sorted, items.toSorted(compare))
  })

  test('stops when nobody wants the result any more', async () => {
    const controller = new AbortController()
    const sorting = sortInSlices(
      Array.from({ length: 5000 }, (_, index) => -index),
      numeric,
      async () => controller.abort(),
      controller.signal,
    )
    await assert.rejects(sorting, { name: 'AbortError' })
  })

  test('few changes among many are put in their places', () => {
    const sorted = Array.from({ length: 1000 }, (_, index) => index * 2)
    assert.deepEqual(
      insertSorted(sorted, [501, -1, 9999, 3], numeric),
      [...sorted, 501, -1, 9999, 3].toSorted(numeric),
    )
  })

  test('a large listing with little new is sorted from what was, anything else in slices', () => {
    const nodes = Array.from({ length: 4000 }, (_, index) => makeNode(`file ${index}.md`))
    const before = { nodes, order: {}, sorted: sortNodes(nodes, {}) }
    assert.equal(resortNodes(before, nodes, {}), before.sorted)
    const renamed = nodes.with(17, makeNode('zebra.md', { id: nodes[17]?.id ?? nodes[0]!.id }))
    const changed = [...renamed.slice(1), makeNode('aardvark.md')]
    assert.deepEqual(resortNodes(before, changed, {}), sortNodes(changed, {}))
    assert.equal(resortNodes(before, nodes, { sort: 'size' }), undefined)
    assert.deepEqual(
      resortNodes(before, nodes.slice(0, 10), { sort: 'size' }),
      sortNodes(nodes.slice(0, 10), { sort: 'size' }),
    )
  })
})
