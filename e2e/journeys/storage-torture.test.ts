import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runStorageTorture } from '../support/storage-torture-run.ts'

const kills = Number(process.env['STORAGE_KILLS'] ?? 4)
const seed = 20_261_126
const common = { seed, roundsInCycle: 2, speed: 7_200 }

test(`files survive kills of everything while they come, go and are collected (seed ${seed})`, async (context) => {
  const { loss, unexpected, ...result } = await runStorageTorture({ ...common, kills })
  assert.equal(loss, undefined)
  assert.deepEqual(unexpected, [])
  context.diagnostic(
    `${result.checks} checks, ${result.collectedChunks} chunks collected, ${result.movedChunks} moved`,
  )
})

test('a store that keeps nothing at first does not survive them', async () => {
  const entry = fileURLToPath(new URL('../forgetful-storage-server.ts', import.meta.url))
  const { loss } = await runStorageTorture({ ...common, kills: 60, entry })
  assert.notEqual(loss, undefined)
})
