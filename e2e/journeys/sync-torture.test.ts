import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSyncTorture } from '../sync/sync-torture-run.ts'

const kills = Number(process.env['SYNC_KILLS'] ?? 8)
const seed = 20_261_126
const mib = 1024 * 1024

test(`three folders and a server come to the same, with all that was written, after ${kills} kills (seed ${seed})`, async (context) => {
  const { faults, story, ...result } = await runSyncTorture({
    seed,
    kills,
    killsInCycle: 8,
    largeBytes: { least: 4 * mib, most: 12 * mib },
    restTimeoutMs: 120_000,
  })
  if (faults.length > 0) console.log(story)
  assert.deepEqual(faults, [])
  context.diagnostic(`${result.acts} acts, ${result.contents.words} words`)
})
