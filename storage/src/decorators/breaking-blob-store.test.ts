import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blobStoreContract } from '../../testing/blob-store-contract.ts'
import { MemoryBlobStore } from '../adapters/memory/memory-blob-store.ts'
import { blobKey } from '../blob-key.ts'
import type { BlobInfo } from '../blob-store.ts'
import { BlobStoreFullError, BlobStoreUnavailableError } from '../blob-store-errors.ts'
import { BreakingBlobStore } from './breaking-blob-store.ts'
import type { BreakerState, BreakOptions } from './breaking-blob-store.ts'

const key = blobKey('some/key')

blobStoreContract('BreakingBlobStore', async () => new BreakingBlobStore(new MemoryBlobStore()))

class FailingBlobStore extends MemoryBlobStore {
  failure: Error | undefined
  calls = 0
  takeMs = 0
  readonly #clock: { now: number }

  constructor(clock: { now: number }) {
    super()
    this.#clock = clock
  }

  override async head(): Promise<BlobInfo | undefined> {
    this.calls++
    this.#clock.now += this.takeMs
    if (this.failure) throw this.failure
    return undefined
  }
}

function openFailing(listeners: Pick<BreakOptions, 'onState' | 'onRefused'> = {}) {
  const clock = { now: 0 }
  const failing = new FailingBlobStore(clock)
  failing.failure = new BlobStoreUnavailableError('head', 'down', { retryable: true })
  const options = { maxFailures: 3, pauseMs: 1_000, now: () => clock.now, ...listeners }
  return { clock, failing, store: new BreakingBlobStore(failing, options) }
}

async function fail(store: BreakingBlobStore, times: number): Promise<void> {
  for (let count = 0; count < times; count++)
    await assert.rejects(store.head(key), BlobStoreUnavailableError)
}

test('[CB1] calls a store no more that has failed so often in a row', async () => {
  const { failing, store } = openFailing()
  await fail(store, 10)
  assert.equal(failing.calls, 3)
  await assert.rejects(store.head(key), { retryable: true })
})

test('[CB2] tries with one call after the pause, and goes on when it succeeds', async () => {
  const { clock, failing, store } = openFailing()
  await fail(store, 3)
  clock.now = 1_000
  await fail(store, 5)
  assert.equal(failing.calls, 4)
  clock.now = 2_000
  failing.failure = undefined
  await Promise.all([store.head(key), fail(store, 1)])
  await store.head(key)
  await store.head(key)
  assert.equal(failing.calls, 7)
})

test('[CB3] counts only failures in a row, and none that a retry would not mend', async () => {
  const { failing, store } = openFailing()
  const { failure } = failing
  for (let round = 0; round < 3; round++) {
    failing.failure = failure
    await fail(store, 2)
    failing.failure = new BlobStoreFullError('head')
    await assert.rejects(store.head(key), BlobStoreFullError)
  }
  assert.equal(failing.calls, 9)
})

test('[CB4] calls a store no more that was silent for long once', async () => {
  const { failing, store } = openFailing()
  failing.takeMs = 5_000
  await fail(store, 4)
  assert.equal(failing.calls, 1)
})

test('[CB5] tells each change of its state, and each call that it did not make', async () => {
  const states: BreakerState[] = []
  let refused = 0
  const { clock, failing, store } = openFailing({
    onState: (state) => states.push(state),
    onRefused: () => refused++,
  })
  await fail(store, 5)
  clock.now = 1_000
  await fail(store, 2)
  clock.now = 2_000
  failing.failure = undefined
  await store.head(key)
  assert.deepEqual(states, ['open', 'trying', 'open', 'trying', 'closed'])
  assert.equal(refused, 3)
})
