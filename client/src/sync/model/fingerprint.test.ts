import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeFingerprint } from './fingerprint.ts'

test('a fingerprint is the same by the numbers of the disk and by the text of a row', () => {
  const sizeBytes = 3
  for (const [bornNs, modifiedNs, changedNs] of [
    [7n, 7n, 7n],
    [7n, 6n, 7n],
    [6n, 7n, 7n],
    [7n, 7n, 8n],
    [5n, 6n, 7n],
  ] as const)
    for (const isExecutable of [undefined, false, true]) {
      const times = { bornNs, modifiedNs, changedNs }
      const numbers = { device: 1n, inode: 2n, sizeBytes, isExecutable, ...times }
      const texts = {
        device: '1',
        inode: '2',
        sizeBytes,
        bornNs: String(bornNs),
        modifiedNs: String(modifiedNs),
        changedNs: String(changedNs),
        ...(isExecutable === undefined ? {} : { isExecutable }),
      }
      assert.deepEqual(makeFingerprint(numbers), texts)
      assert.deepEqual(makeFingerprint(texts), texts)
    }
})
