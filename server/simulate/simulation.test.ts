import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSimulations } from './run-simulations.ts'

test('replicas, commands, failing statements and dying servers leave every tree whole', async () => {
  const { runs, failures } = await runSimulations({ runs: 40, seed: 1, maxMs: 20_000 })
  assert.deepEqual(failures, [])
  assert.ok(runs > 0)
})
