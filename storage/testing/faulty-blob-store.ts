import { Readable } from 'node:stream'
import type { BlobReader, BlobStore, ByteRange, CallOptions } from '../src/blob-store.ts'
import type { BlobKey } from '../src/blob-key.ts'
import { BlobStoreUnavailableError } from '../src/blob-store-errors.ts'
import { InterceptedBlobStore } from '../src/decorators/intercepted-blob-store.ts'
import type { BlobOperation } from '../src/decorators/intercepted-blob-store.ts'
import { allBytes } from './blob-bodies.ts'

/**
 * What goes wrong with one call:
 *
 * - `refuse`: nothing is done, and the call fails.
 * - `lose`: it is done, and fails all the same.
 * - `break`: the body fails in its middle.
 * - `shorten`: the body ends in its middle as if it were whole.
 * - `flip`: one bit of the body is another.
 * - `swap`: the body is that of another object, as far as it goes.
 */
export type StoreFault = 'refuse' | 'lose' | 'break' | 'shorten' | 'flip' | 'swap'

export interface StoreFaults {
  /** Asked for every call. */
  next(operation: BlobOperation): StoreFault | undefined
}

/** A store on a bad line and on bad disks: what it keeps is right, what it answers is what the faults make of it. */
export class FaultyBlobStore extends InterceptedBlobStore {
  readonly #store: BlobStore
  readonly #faults: StoreFaults

  constructor(store: BlobStore, faults: StoreFaults) {
    const call = async <T>(operation: BlobOperation, run: () => Promise<T>): Promise<T> => {
      const fault = faults.next(operation)
      if (fault === 'refuse') throw unavailable(operation)
      const result = await run()
      if (fault === 'lose') throw unavailable(operation)
      return result
    }
    super(store, { call: ({ operation }, run) => call(operation, run), read: (_, run) => run() })
    this.#store = store
    this.#faults = faults
  }

  override async get(key: BlobKey, options?: CallOptions): Promise<BlobReader> {
    return this.#read('get', key, () => this.#store.get(key, options))
  }

  override async range(key: BlobKey, range: ByteRange, options?: CallOptions): Promise<BlobReader> {
    return this.#read('range', key, () => this.#store.range(key, range, options))
  }

  async #read(
    operation: BlobOperation,
    key: BlobKey,
    run: () => Promise<BlobReader>,
  ): Promise<BlobReader> {
    const fault = this.#faults.next(operation)
    if (fault === undefined) return run()
    if (fault === 'refuse') throw unavailable(operation)
    const reader = await run()
    const bytes = Buffer.from(await allBytes(reader))
    if (fault === 'lose') throw unavailable(operation)
    const body = Readable.from(await this.#spoil(fault, key, bytes), { objectMode: false })
    return { sizeBytes: reader.sizeBytes, body }
  }

  async #spoil(
    fault: Exclude<StoreFault, 'refuse' | 'lose'>,
    key: BlobKey,
    bytes: Buffer,
  ): Promise<Iterable<Buffer>> {
    const half = bytes.subarray(0, bytes.byteLength >> 1)
    switch (fault) {
      case 'break':
        return brokenOff(half)
      case 'shorten':
        return [half]
      case 'flip':
        bytes[half.byteLength] = (bytes[half.byteLength] ?? 0) ^ 1
        return [bytes]
      case 'swap':
        return [await this.#anotherThan(key, bytes.byteLength)]
    }
  }

  async #anotherThan(key: BlobKey, sizeBytes: number): Promise<Buffer> {
    const { items } = await this.#store.list()
    const other = items.find((item) => item.key !== key)
    const bytes = other ? await allBytes(await this.#store.get(other.key)) : Buffer.alloc(0)
    return Buffer.alloc(sizeBytes, Buffer.concat([bytes, Buffer.alloc(1)]))
  }
}

function* brokenOff(half: Buffer): Generator<Buffer> {
  yield half
  throw unavailable('read')
}

function unavailable(operation: string): BlobStoreUnavailableError {
  return new BlobStoreUnavailableError(operation, 'the line is bad', { retryable: true })
}
