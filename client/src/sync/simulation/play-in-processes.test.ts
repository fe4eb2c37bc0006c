import assert from 'node:assert/strict'
import test from 'node:test'
import { playInProcesses } from './play-in-processes.ts'
import { playSeeds, type SeedRange } from './play-seeds.ts'

/** The first of them has a fault with this disk. */
const seeds: SeedRange = { firstSeed: 1133, runs: 5, flaws: { forgetsIntents: true } }

test('seeds that are played by several processes come to the same as in one', async () => {
  const told: string[][] = [[], []]
  const [inOne, inMany] = [
    await playSeeds(seeds, (lines) => told[0]?.push(lines)),
    await playInProcesses(seeds, 2, (lines) => told[1]?.push(lines)),
  ]
  assert.equal(inOne.runs, 5)
  assert.ok(inOne.failed.includes(1133))
  assert.deepEqual(inMany, inOne)
  assert.deepEqual(told[1]?.toSorted(), told[0]?.toSorted())
})

test('no process begins when the time is over', async () => {
  const { runs } = await playInProcesses({ ...seeds, maxMs: 0 }, 2, assert.fail)
  assert.equal(runs, 0)
})
