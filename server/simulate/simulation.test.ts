import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CompactionPool } from '#features/live/compaction-pool.ts'
import { runSimulations } from './run-simulations.ts'

suite('replicas, commands, failing statements, dying servers and compactions', () => {
  test('leave every tree whole', async () => {
    const { runs, folded, failures } = await runSimulations({ runs: 40, seed: 1, maxMs: 20_000 })
    assert.deepEqual(failures, [])
    // How many, the time tells; that it happens at all is what counts.
    assert.ok(runs > 0 && folded > 0, `${folded} rows folded in ${runs} runs`)
  })

  test('are seen not to when a checkpoint lacks the last row that it stands for', async () => {
    await using honest = new CompactionPool()
    const pool = {
      async run(job: Parameters<CompactionPool['run']>[0]) {
        const { segment } = await honest.run(job)
        const short = await honest.run({ ...job, rows: job.rows.slice(0, -1) })
        return { ...short, segment }
      },
    }
    const { runs, failures } = await runSimulations({ runs: 20, seed: 1, maxMs: 20_000, pool })
    assert.ok(failures.length > 0, `${runs} runs have shown nothing`)
  })
})
