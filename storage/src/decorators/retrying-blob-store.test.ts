import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, sourceOf } from '../../testing/blob-bodies.ts'
import { blobStoreContract } from '../../testing/blob-store-contract.ts'
import { MemoryBlobStore } from '../adapters/memory/memory-blob-store.ts'
import { blobKey } from '../blob-key.ts'
import type { BlobKey } from '../blob-key.ts'
import type { BlobBody, CallOptions, PutOptions, PutOutcome } from '../blob-store.ts'
import { BlobStoreFullError, BlobStoreUnavailableError } from '../blob-store-errors.ts'
import { RetryingBlobStore } from './retrying-blob-store.ts'
import type { RetryOptions } from './retrying-blob-store.ts'

const key = blobKey('some/key')

blobStoreContract('RetryingBlobStore', async () => new RetryingBlobStore(new MemoryBlobStore()))

function unavailable(retryable = true): BlobStoreUnavailableError {
  return new BlobStoreUnavailableError('put', 'connection reset', { retryable })
}

/** Stores what it is given, and then fails as often as it has failures left: as if answers were lost. */
class LossyBlobStore extends MemoryBlobStore {
  readonly failures: Error[]
  attempts = 0

  constructor(failures: readonly Error[]) {
    super()
    this.failures = [...failures]
  }

  override async put(at: BlobKey, body: BlobBody, options?: PutOptions): Promise<PutOutcome> {
    const outcome = await super.put(at, body, options)
    this.fail()
    return outcome
  }

  override async delete(at: BlobKey, options?: CallOptions): Promise<void> {
    await super.delete(at, options)
    this.fail()
  }

  private fail(): void {
    this.attempts++
    const failure = this.failures.shift()
    if (failure) throw failure
  }
}

function openLossy(failures: readonly Error[], options: RetryOptions = {}) {
  const delays: number[] = []
  const lossy = new LossyBlobStore(failures)
  const store = new RetryingBlobStore(lossy, {
    wait: async (delayMs) => void delays.push(delayMs),
    random: () => 0.5,
    ...options,
  })
  return { lossy, store, delays }
}

test('[RT1] waits at random below a bound that doubles up to its maximum', async () => {
  const failures = Array.from({ length: 6 }, () => unavailable())
  const bounds = { maxAttempts: 7, baseDelayMs: 100, maxDelayMs: 1_000 }
  const { store, delays, lossy } = openLossy(failures, bounds)
  await store.put(key, Buffer.from('stored'))
  assert.deepEqual(delays, [50, 100, 200, 400, 500, 500])
  assert.equal(lossy.attempts, 7)
  assert.equal(String(await bytesOf(store, key)), 'stored')
})

test('[RT1] does not repeat what repeating cannot mend', async () => {
  for (const failure of [unavailable(false), new BlobStoreFullError('put'), new Error('a bug')]) {
    const { store, lossy } = openLossy([failure])
    await assert.rejects(store.put(key, Buffer.from('x')), (error) => error === failure)
    assert.equal(lossy.attempts, 1)
  }
})

test('[RT1] repeats a deletion, and sends a source again that can be read again', async () => {
  const { store, lossy } = openLossy([unavailable(), unavailable()])
  await store.delete(key)
  assert.equal(lossy.attempts, 3)
  lossy.failures.push(unavailable())
  await store.put(key, sourceOf([Buffer.from('read '), Buffer.from('twice')]))
  assert.equal(String(await bytesOf(store, key)), 'read twice')
})

test('[RT2] gives the last failure back after the last attempt', async () => {
  const failures = [1, 2, 3].map(() => unavailable())
  const { store, lossy } = openLossy(failures, { maxAttempts: 3 })
  await assert.rejects(store.put(key, Buffer.from('x')), (error) => error === failures[2])
  assert.equal(lossy.attempts, 3)
})

test('[RT3] sends a body once that can be read only once', async () => {
  const { store, lossy } = openLossy([unavailable()])
  const put = store.put(key, sourceOf([Buffer.from('once')], false))
  await assert.rejects(put, BlobStoreUnavailableError)
  assert.equal(lossy.attempts, 1)
})

test('[RT4] stops waiting when the signal fires', async () => {
  const controller = new AbortController()
  const lossy = new LossyBlobStore([unavailable()])
  // A wait of minutes, by the real timer: the test ends only because the abort ends it.
  const store = new RetryingBlobStore(lossy, {
    baseDelayMs: 600_000,
    maxDelayMs: 600_000,
    random: () => 1,
  })
  const put = store.put(key, Buffer.from('x'), { signal: controller.signal })
  setImmediate(() => controller.abort(new Error('no longer wanted')))
  await assert.rejects(put, /no longer wanted/)
  assert.equal(lossy.attempts, 1)
})
