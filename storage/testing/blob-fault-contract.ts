import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { blobKey } from '../src/blob-key.ts'
import type { BlobStore } from '../src/blob-store.ts'
import { BlobStoreError, BlobStoreUnavailableError } from '../src/blob-store-errors.ts'
import { RetryingBlobStore } from '../src/decorators/retrying-blob-store.ts'
import { allBytes, bytesOf, sourceOf } from './blob-bodies.ts'
import { FaultyProxy } from './faulty-proxy.ts'

/** How a store of a service is opened by way of a proxy. */
export interface FaultySetup {
  readonly service: URL
  /** An empty store that no other test uses. */
  open(proxy: URL, idleTimeoutMs: number): BlobStore
}

const key = blobKey('some/key')
const patientMs = 30_000
const impatientMs = 250

/** What a store of a service must do when the service or the way to it fails. */
export function blobFaultContract(name: string, setup: FaultySetup): void {
  const check = (
    title: string,
    idleTimeoutMs: number,
    run: (store: BlobStore, proxy: FaultyProxy) => Promise<void>,
  ): void => {
    test(`${name}: ${title}`, async () => {
      await using proxy = await FaultyProxy.open(setup.service)
      await using store = setup.open(proxy.url, idleTimeoutMs)
      await run(store, proxy)
    })
  }
  brokenAnswers(check)
  silence(check)
  outage(check)
}

type Check = (
  title: string,
  idleTimeoutMs: number,
  run: (store: BlobStore, proxy: FaultyProxy) => Promise<void>,
) => void

function brokenAnswers(check: Check): void {
  check('[RM1] fails when a body ends early, however it ends', patientMs, async (store, proxy) => {
    await store.put(key, randomBytes(300_000))
    for (const fault of ['cut', 'shorten'] as const) {
      proxy.fault = () => fault
      await assert.rejects(bytesOf(store, key), isRetryable, fault)
      const range = async () => allBytes(await store.range(key, { start: 10, end: 200_000 }))
      await assert.rejects(range, isRetryable, fault)
    }
  })

  check('[RM1] fails when a listing was cut off', patientMs, async (store, proxy) => {
    for (const name of ['a', 'b', 'c', 'd']) await store.put(blobKey(name), randomBytes(10))
    for (const fault of ['cut', 'shorten'] as const) {
      proxy.fault = () => fault
      await assert.rejects(store.list(), isRetryable, fault)
    }
    proxy.fault = () => undefined
    assert.equal((await store.list()).items.length, 4)
  })

  check(
    '[RM1] keeps objects whole when answers to puts get lost',
    patientMs,
    async (store, proxy) => {
      const bytes = randomBytes(200_000)
      proxy.fault = () => 'lose'
      await assert.rejects(store.put(key, bytes), isRetryable)
      proxy.fault = () => undefined
      assert.deepEqual(await bytesOf(store, key), bytes)
    },
  )

  check(
    '[RM1] gives the right bytes while a request in ten fails',
    patientMs,
    async (store, proxy) => {
      const faults = ['error', 'refuse', 'lose'] as const
      proxy.fault = (number) => (number % 10 === 0 ? faults[(number / 10) % 3] : undefined)
      const patient = new RetryingBlobStore(store, { wait: async () => undefined })
      const objects = Array.from({ length: 30 }, (_, index) => ({
        key: blobKey(`many/${index}`),
        bytes: randomBytes(index * 3_000),
      }))
      for (const { key: at, bytes } of objects) await patient.put(at, sourceOf([bytes]))
      for (const { key: at, bytes } of objects) assert.deepEqual(await bytesOf(patient, at), bytes)
      assert.equal((await patient.list({ prefix: 'many/' })).items.length, objects.length)
    },
  )
}

function silence(check: Check): void {
  check('[RM2] gives up a service that is silent', impatientMs, async (store, proxy) => {
    await store.put(key, randomBytes(300_000))
    proxy.fault = () => 'silence'
    const calls: (() => Promise<unknown>)[] = [
      () => store.get(key),
      () => store.head(key),
      () => store.put(key, Buffer.from('x')),
      () => store.list(),
    ]
    for (const call of calls) await assert.rejects(call, isRetryable)
    proxy.fault = () => 'stall'
    await assert.rejects(bytesOf(store, key), isRetryable)
  })

  check('[RM2] waits for a service that is slow but moves', impatientMs, async (store, proxy) => {
    const bytes = randomBytes(300_000)
    await store.put(key, bytes)
    proxy.fault = () => 'slow'
    assert.deepEqual(await bytesOf(store, key), bytes)
  })
}

function outage(check: Check): void {
  check(
    '[RM3] goes on when a service comes back that was gone',
    patientMs,
    async (store, proxy) => {
      const bytes = randomBytes(100_000)
      await store.put(key, bytes)
      proxy.fault = () => 'refuse'
      for (let count = 0; count < 5; count++) {
        await assert.rejects(store.get(key), isRetryable)
        await assert.rejects(store.put(key, randomBytes(500_000)), isRetryable)
      }
      proxy.fault = () => undefined
      assert.deepEqual(await bytesOf(store, key), bytes)
      await store.put(key, Buffer.from('after'))
      assert.equal(String(await bytesOf(store, key)), 'after')
    },
  )
}

function isRetryable(error: unknown): boolean {
  assert.ok(error instanceof BlobStoreError, String(error))
  assert.ok(error instanceof BlobStoreUnavailableError && error.retryable, error.message)
  return true
}
