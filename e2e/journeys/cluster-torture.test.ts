import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runClusterTorture } from '../support/cluster-torture-run.ts'

const short = { seed: 20_261_126, nodes: 2, documents: 2, maxStopMs: 600 }

test('loses no acknowledged edit when nodes, PostgreSQL, Redis and the network between them fail', async () => {
  const result = await runClusterTorture({ ...short, faults: 8 })
  assert.deepEqual(result.lost, [])
  assert.deepEqual(result.disagreements, [])
  assert.ok(result.acknowledged > 100, `only ${result.acknowledged} edits were acknowledged`)
  assert.equal(result.refusedFrames, 0)
})

test('loses some when nodes tell each other before the commit: the test above can fail', async () => {
  const result = await runClusterTorture({
    ...short,
    // It stops at the first loss, which comes by chance: in nearly every fault where texts are short, and else in one of ten.
    faults: 30,
    maxTextLength: 0,
    cutShare: 1,
    kinds: ['node killed while PostgreSQL stands still'],
    entry: fileURLToPath(new URL('../unsafe-cluster-server.ts', import.meta.url)),
    stopAtLoss: true,
  })
  assert.notDeepEqual(result.lost, [])
})
