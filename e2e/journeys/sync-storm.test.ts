import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSyncStorm } from '../sync/sync-storm-run.ts'

const seconds = Number(process.env['STORM_SECONDS'] ?? 8)
const seed = 20_261_127

test(`programs in three folders and people in three browsers come to one text, each word there once (seed ${seed})`, async (context) => {
  const { faults, text, ...result } = await runSyncStorm({
    seed,
    durationMs: seconds * 1000,
    restTimeoutMs: 60_000,
  })
  if (faults.length > 0) console.log(text)
  assert.deepEqual(faults, [])
  context.diagnostic(JSON.stringify(result))
})
