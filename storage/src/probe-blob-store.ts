import { randomBytes, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { blobKey } from './blob-key.ts'
import type { BlobKey } from './blob-key.ts'
import type { BlobStore } from './blob-store.ts'
import { BlobOperationUnsupportedError, BlobStoreUnavailableError } from './blob-store-errors.ts'

export interface BlobStoreAbilities {
  /** Whether the store really keeps what is there when it is told to create only. */
  readonly createIfAbsent: boolean
}

/**
 * Tries a store with one small object under `probe/`, which it removes: put, get, range, head, list,
 * create if absent, delete. Throws what the store fails with, and `BlobStoreUnavailableError` when it
 * answers wrongly.
 */
export async function probeBlobStore(store: BlobStore): Promise<BlobStoreAbilities> {
  const key = blobKey(`probe/${randomUUID()}`)
  const bytes = randomBytes(64)
  await store.put(key, bytes)
  try {
    await tryReading(store, key, bytes)
    const createIfAbsent = await tryCreating(store, key, bytes)
    await store.delete(key)
    if (await store.head(key)) throw wrong('still has what was deleted')
    return { createIfAbsent }
  } catch (error) {
    // It is only the probe's; that it stays behind matters less than why.
    await store.delete(key).catch(() => undefined)
    throw error
  }
}

async function tryReading(store: BlobStore, key: BlobKey, bytes: Buffer): Promise<void> {
  if (!(await read(store, key)).equals(bytes)) throw wrong('gives other bytes than it was given')
  const range = await store.range(key, { start: 5, end: 9 })
  if (!(await buffer(range.body)).equals(bytes.subarray(5, 9)))
    throw wrong('gives other bytes than those of the range')
  const info = await store.head(key)
  if (info?.sizeBytes !== bytes.byteLength) throw wrong('tells a wrong size')
  const { items } = await store.list({ prefix: key })
  if (items.length !== 1 || items[0]?.key !== key) throw wrong('does not list what it has')
}

/** Some stores ignore the condition and replace the object. */
async function tryCreating(store: BlobStore, key: BlobKey, bytes: Buffer): Promise<boolean> {
  if (!store.supportsCreateIfAbsent) return false
  try {
    const { kind } = await store.put(key, randomBytes(65), { ifAbsent: true })
    return kind === 'exists' && (await read(store, key)).equals(bytes)
  } catch (error) {
    if (error instanceof BlobOperationUnsupportedError) return false
    throw error
  }
}

async function read(store: BlobStore, key: BlobKey): Promise<Buffer> {
  return buffer((await store.get(key)).body)
}

function wrong(reason: string): BlobStoreUnavailableError {
  return new BlobStoreUnavailableError('pass its probe', reason, { retryable: false })
}
