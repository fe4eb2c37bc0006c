import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import { v7 as uuidv7 } from 'uuid'
import { decodePosition, encodePosition, readPage, type ListPosition } from './readable-page.ts'

interface Row {
  readonly id: NodeId
  readonly at: Date
}

/** Rows of one moment each, of which every so manieth is readable. */
function openList(length: number, everyReadable: number) {
  const rows = Array.from({ length }, (_, index): Row => ({
    id: uuidv7() as NodeId,
    at: new Date(index),
  }))
  const readable = new Set(rows.filter((_, index) => (index + 1) % everyReadable === 0))
  const ids = new Set([...readable].map(({ id }) => id))
  let reads = 0
  const list = {
    read: async ({ after, skip }: ListPosition, limit: number) => {
      reads += 1
      const from = (after ? after.at.getTime() + 1 : 0) + skip
      return rows.slice(from, from + limit)
    },
    nodeIdOf: ({ id }: Row) => id,
    placeOf: (row: Row) => row,
  }
  /** All pages, each begun from the cursor that the one before has given. */
  const readAll = async (limit: number) => {
    const pages: NodeId[][] = []
    const cursors: string[] = []
    const reading: number[] = []
    let cursor: string | undefined
    do {
      reads = 0
      const from = decodePosition(cursor)
      const page = await readPage(list, async () => ids, { from, limit })
      pages.push(page.rows.map(({ id }) => id))
      reading.push(reads)
      cursor = page.next && encodePosition(page.next)
      if (cursor !== undefined) cursors.push(Buffer.from(cursor, 'base64url').toString())
    } while (cursor !== undefined)
    return { pages, cursors, maxReads: Math.max(...reading) }
  }
  return { readable: [...ids], readAll }
}

suite('a page of what somebody may read', () => {
  test('is full, and the last when nothing that they may read comes after it', async () => {
    for (const [length, every] of [
      [100, 1],
      [100, 3],
      [101, 20],
      [4_000, 700],
    ] as const) {
      const { readable, readAll } = openList(length, every)
      const { pages } = await readAll(5)
      assert.deepEqual(pages.flat(), readable)
      assert.equal(pages.length, Math.ceil(readable.length / 5))
    }
  })

  test('goes on from a row that they were shown, whatever lies between', async () => {
    const { readable, readAll } = openList(1_000, 7)
    const { cursors } = await readAll(10)
    for (const cursor of cursors) {
      const [, id, ...more] = JSON.parse(cursor) as unknown[]
      assert.ok(readable.includes(id as NodeId), cursor)
      assert.deepEqual(more, [])
    }
  })

  test('ends after ten thousand rows that they may not read, and counts these', async () => {
    const { readable, readAll } = openList(50_000, 24_000)
    const { pages, cursors, maxReads } = await readAll(3)
    assert.deepEqual(pages.flat(), readable)
    assert.ok(maxReads <= 12, `${maxReads} readings`)
    const named = cursors.map((cursor) => (JSON.parse(cursor) as [unknown, NodeId | null])[1])
    assert.ok(named.every((id) => id === null || readable.includes(id)))
    assert.equal(named[0], null)
  })

  test('of no rows is empty, and the last', async () => {
    const { pages } = await openList(0, 1).readAll(3)
    assert.deepEqual(pages, [[]])
  })
})
