import assert from 'node:assert/strict'
import test from 'node:test'
import { DiskState } from './disk-state.ts'
import { Scheduler } from './scheduler.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimulatedDisk } from './simulated-disk.ts'

test('a change right after a write shows, however coarse the times of the disk are', async () => {
  const random = new SeededRandom(1)
  const scheduler = new Scheduler(random, Date.UTC(2026, 0, 5))
  const traits = { isCaseInsensitive: false, granularityMs: 2000 }
  const state = new DiskState(traits, () => scheduler.nowMs)
  const disk = new SimulatedDisk({
    state,
    actor: { name: 'disk', isAlive: true },
    scheduler,
    random,
    faults: { errorRate: 0, isFull: false },
    flaws: {},
  })
  async function settle<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    void work.finally(() => (isDone = true))
    await scheduler.run(() => isDone, 100)
    return work
  }
  const written = await settle(disk.write(['a'], once('theirs'), null))
  state.write(['a'], Buffer.from('mine!!'), true)
  const found = await settle(disk.look(['a']))
  assert.ok(written.kind === 'done')
  assert.notDeepEqual(found?.fingerprint, written.value)
})

async function* once(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text)
}
