import { randomUUID } from 'node:crypto'
import {
  blobKey,
  encodePack,
  releaseBytes,
  type BlobKey,
  type BlobStore,
  type SealedChunk,
} from '@cloudsync/storage'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { insertPack } from './chunk-index.ts'
import type { ContentKeys } from './content-keys.ts'

export interface PackerOptions {
  readonly db: Database
  readonly store: BlobStore
  readonly keys: ContentKeys
  readonly clock: Clock
}

/** A pack is written when it has so much … */
const packBytes = 12 * 1024 * 1024
/** … and so many at a time. */
const maxWriting = 2

/** The object of a pack. */
export function packKey(packId: string): BlobKey {
  return blobKey(`packs/${packId}`)
}

interface Waiting {
  readonly chunk: SealedChunk
  readonly keyId: number
  readonly durable: PromiseWithResolvers<void>
}

/**
 * Gathers sealed chunks of all uploads into packs, so that small contents cost one write together. A pack
 * goes out when it is full, or when somebody waits for it and no other is being written; until then it
 * gathers.
 */
export class Packer {
  readonly #options: PackerOptions
  /** What is on its way, by hash: the same bytes are not stored twice. */
  readonly #inFlight = new Map<string, Promise<void>>()
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #writing = 0
  #isHurried = false

  constructor(options: PackerOptions) {
    this.#options = options
  }

  /** When a chunk is on its way, the promise of its being durable. */
  find(hash: Uint8Array): Promise<void> | undefined {
    return this.#inFlight.get(Buffer.from(hash).toString('hex'))
  }

  /** Resolves when the chunk is durable and in the index; call `hurry` before waiting for it. */
  add(chunk: SealedChunk, keyId: number): Promise<void> {
    const name = Buffer.from(chunk.hash).toString('hex')
    const known = this.#inFlight.get(name)
    if (known) return known
    const durable = Promise.withResolvers<void>()
    this.#inFlight.set(name, durable.promise)
    const forget = () => this.#inFlight.delete(name)
    durable.promise.then(forget, forget)
    this.#waiting.push({ chunk, keyId, durable })
    this.#waitingBytes += chunk.sealed.byteLength
    this.#writeReady()
    return durable.promise
  }

  /** Somebody waits: what has been added goes out as soon as it can. */
  hurry(): void {
    if (this.#waiting.length === 0) return
    this.#isHurried = true
    // What others add in this turn comes along.
    setImmediate(() => this.#writeReady())
  }

  #writeReady(): void {
    while (this.#waiting.length > 0 && this.#writing < maxWriting) {
      const isFull = this.#waitingBytes >= packBytes
      if (!isFull && !(this.#isHurried && this.#writing === 0)) return
      void this.#write(this.#takePack())
    }
  }

  /** Under one key; what the key's change has parted goes into the next pack. */
  #takePack(): Waiting[] {
    const keyId = this.#waiting[0]?.keyId
    let bytes = 0
    let count = 0
    for (const { chunk, keyId: own } of this.#waiting) {
      if (own !== keyId || bytes >= packBytes) break
      bytes += chunk.sealed.byteLength
      count += 1
    }
    this.#waitingBytes -= bytes
    const pack = this.#waiting.splice(0, count)
    if (this.#waiting.length === 0) this.#isHurried = false
    return pack
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    this.#writing += 1
    try {
      await this.#store(waiting)
      // Not after a failure: somebody may still be sending them.
      for (const { chunk } of waiting) releaseBytes(chunk.sealed)
      for (const { durable } of waiting) durable.resolve()
    } catch (error) {
      for (const { durable } of waiting) durable.reject(error)
    } finally {
      this.#writing -= 1
      this.#writeReady()
    }
  }

  async #store(waiting: readonly Waiting[]): Promise<void> {
    const { db, store, keys, clock } = this.#options
    const id = randomUUID()
    const keyId = waiting[0]?.keyId ?? 0
    const dataKey = { id: keyId, key: await keys.find(keyId) }
    const chunks = waiting.map(({ chunk }) => chunk)
    const { body, entries } = encodePack(id, chunks, dataKey)
    await store.put(packKey(id), body)
    const pack = { id, keyId, sizeBytes: body.sizeBytes, entries }
    await inTransaction(db, (tx) => insertPack(tx, pack, clock.now()))
  }
}
