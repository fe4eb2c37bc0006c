import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { formatSize, formatTime } from './format.ts'
import { createNodeId, readNodeId } from './node-id.ts'

suite('sizes and times', () => {
  test('sizes have about three figures', () => {
    assert.equal(formatSize(0), '0 B')
    assert.equal(formatSize(999), '999 B')
    assert.equal(formatSize(1000), '1.0 kB')
    assert.equal(formatSize(123_456), '123 kB')
    assert.equal(formatSize(999_999), '1.0 MB')
    assert.equal(formatSize(2_000_000), '2.0 MB')
  })

  test('what has just happened is said so, also by a clock that is behind', () => {
    const now = Date.UTC(2026, 10, 24, 12)
    const at = (ms: number) => formatTime(new Date(now - ms).toISOString(), now)
    assert.equal(at(0), 'just now')
    assert.equal(at(-5_000), 'just now')
    assert.match(at(5 * 60_000), /5/)
    assert.match(at(400 * 24 * 3_600_000), /2025/)
  })
})

suite('ids made on this device', () => {
  test('are UUIDs of version 7, which sort by time', () => {
    const ids = [1, 1_700_000_000_000, 1_800_000_000_000].map((now) => createNodeId(now))
    for (const id of ids) {
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
    assert.deepEqual(ids.toSorted(), ids)
    assert.equal(
      createNodeId(0x0123456789ab, new Uint8Array(16)),
      '01234567-89ab-7000-8000-000000000000',
    )
  })

  test('an address that names no node is told from one that does', () => {
    assert.equal(readNodeId('nonsense'), undefined)
    const id = createNodeId(0)
    assert.equal(readNodeId(id.toUpperCase()), id)
  })
})
