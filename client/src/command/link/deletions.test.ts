import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personSchema } from '@cloudsync/protocol'
import type { TrashItem } from '../../sdk/index.ts'
import { joinBatches, type Deletion } from './deletions.ts'

type Trashed = Deletion<Pick<TrashItem, 'trashedBy'>>

const [ada, bo] = ['1', '2'].map((n) =>
  personSchema.parse({ id: `00000000-0000-7000-8000-00000000000${n}`, name: n, color: '#000000' }),
)

function batch(id: string, atMs: number, items: number, trashedBy = ada!): Trashed {
  return { ids: [id], atMs, items: Array.from({ length: items }, () => ({ trashedBy })) }
}

const joined = (...batches: Trashed[]) => joinBatches(batches, 2).map(({ ids }) => ids.join('+'))

test('what came in full batches, one right after the other, is one deletion', () => {
  assert.deepEqual(joined(batch('a', 1, 2), batch('b', 2, 2), batch('c', 3, 1)), ['c+b+a'])
})

test('what came after a batch that was not full, later, or of somebody else is another one', () => {
  assert.deepEqual(joined(batch('a', 1, 1), batch('b', 2, 1)), ['b', 'a'])
  assert.deepEqual(joined(batch('a', 1, 2), batch('b', 20_000, 1)), ['b', 'a'])
  assert.deepEqual(joined(batch('a', 1, 2), batch('b', 2, 1, bo)), ['b', 'a'])
})
