import { randomUUID } from 'node:crypto'
import {
  blobKey,
  chunkingV1,
  encodePack,
  maxSealedBytes,
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
export const packBytes = 8 * 1024 * 1024
/** … and so many at a time. */
const maxWriting = 2

/** How long a chunk that has arrived is remembered. Far less than its lease: what is found is there. */
const rememberedMs = 10_000

/** The object of a pack. */
export function packKey(packId: string): BlobKey {
  return blobKey(`packs/${packId}`)
}

/** What the largest chunk takes: it may begin one byte before the pack is full. */
const bufferBytes = packBytes + maxSealedBytes(chunkingV1.maxBytes)

/** A chunk that is in a pack, or was in one already. */
export interface PackedChunk {
  /** Resolves when the chunk is on the medium and in the index. */
  readonly durable: Promise<void>
}

/** A pack that is being filled or written. */
interface OpenPack {
  readonly keyId: number
  readonly buffer: Uint8Array<ArrayBuffer>
  readonly chunks: SealedChunk[]
  readonly durable: PromiseWithResolvers<void>
  sizeBytes: number
}

/**
 * When chunks have arrived, for a while. Of a long upload they are thousands: a number each, and no timer, or what
 * is remembered would be most of what the collector finds.
 */
class ChunkArrivals {
  /** The oldest first. */
  readonly #atMs = new Map<string, number>()

  add(name: string): void {
    const nowMs = performance.now()
    for (const [old, atMs] of this.#atMs) {
      if (nowMs - atMs < rememberedMs) break
      this.#atMs.delete(old)
    }
    this.#atMs.delete(name)
    this.#atMs.set(name, nowMs)
  }

  /** Never, where that is long ago. */
  lastOf(name: string): number {
    const atMs = this.#atMs.get(name) ?? -Infinity
    return performance.now() - atMs < rememberedMs ? atMs : -Infinity
  }
}

/**
 * Gathers sealed chunks of all uploads into packs, so that small contents cost one write together. A pack
 * goes out when it is full, or when somebody waits for it and no other is being written; until then it
 * gathers. What all uploads together have in memory here are the packs that are written and the one that fills.
 */
export class Packer {
  readonly #options: PackerOptions
  /** What is on its way, by hash: the same bytes are not stored twice. */
  readonly #inFlight = new Map<string, PackedChunk>()
  readonly #arrivals = new ChunkArrivals()
  /** Used again: packs of one size leave no holes in memory. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = []
  #filling: OpenPack | undefined
  #writing = 0
  /** Chunks that no pack has room for yet. */
  #seekers = 0
  #isHurried = false
  /** Resolves when a pack has been written. */
  #written = Promise.withResolvers<void>()

  constructor(options: PackerOptions) {
    this.#options = options
  }

  /**
   * A chunk that is on its way, or has arrived since the index was asked for it, `askedAtMs` by
   * `performance.now()`. One that had arrived before is not meant, since the index did not know it as sound.
   */
  find(hash: Uint8Array, askedAtMs: number): PackedChunk | undefined {
    const name = Buffer.from(hash).toString('hex')
    const isThere = askedAtMs < this.#arrivals.lastOf(name)
    return isThere ? { durable: Promise.resolve() } : this.#inFlight.get(name)
  }

  /** Copies a chunk into a pack, when there is room; call `hurry` before waiting for it to be durable. */
  async add(
    chunk: SealedChunk,
    keyId: number,
    askedAtMs: number,
  ): Promise<PackedChunk & { readonly isNew: boolean }> {
    const known = this.find(chunk.hash, askedAtMs)
    if (known) return { ...known, isNew: false }
    const name = Buffer.from(chunk.hash).toString('hex')
    const durable = Promise.withResolvers<void>()
    const packed = { durable: durable.promise }
    this.#inFlight.set(name, packed)
    const end = () => {
      if (this.#inFlight.get(name) === packed) this.#inFlight.delete(name)
    }
    durable.promise.then(() => {
      this.#arrivals.add(name)
      end()
    }, end)
    this.#seekers += 1
    let pack = this.#packWithRoom(keyId)
    while (!pack) {
      await this.#written.promise
      pack = this.#packWithRoom(keyId)
    }
    this.#seekers -= 1
    const sealed = pack.buffer.subarray(pack.sizeBytes, pack.sizeBytes + chunk.sealed.byteLength)
    sealed.set(chunk.sealed)
    pack.sizeBytes += sealed.byteLength
    pack.chunks.push({ ...chunk, sealed })
    pack.durable.promise.then(durable.resolve, durable.reject)
    this.#writeReady()
    return { ...packed, isNew: true }
  }

  /** Somebody waits: what has been added goes out as soon as it can. */
  hurry(): void {
    if (!this.#filling) return
    this.#isHurried = true
    // What others add in this turn comes along.
    setImmediate(() => this.#writeReady())
  }

  /** Under one key: what a change of the key parts goes into the next. The chunk has to go into it at once. */
  #packWithRoom(keyId: number): OpenPack | undefined {
    const filling = this.#filling
    if (filling?.keyId === keyId && filling.sizeBytes < packBytes) return filling
    if (filling && this.#writing >= maxWriting) return undefined
    if (filling) this.#writeFilling(filling)
    return (this.#filling = this.#openPack(keyId))
  }

  #openPack(keyId: number): OpenPack {
    const buffer = this.#spare.pop() ?? new Uint8Array(bufferBytes)
    const durable = Promise.withResolvers<void>()
    // Each chunk's own tells of a failure.
    durable.promise.catch(() => undefined)
    return { keyId, buffer, chunks: [], durable, sizeBytes: 0 }
  }

  #writeReady(): void {
    const filling = this.#filling
    if (!filling || this.#writing >= maxWriting) return
    const isFull = filling.sizeBytes >= packBytes
    if (isFull || (this.#isHurried && this.#writing === 0)) this.#writeFilling(filling)
  }

  #writeFilling(pack: OpenPack): void {
    this.#filling = undefined
    // Whoever still seeks room may be waited for too.
    if (this.#seekers === 0) this.#isHurried = false
    void this.#write(pack)
  }

  async #write(pack: OpenPack): Promise<void> {
    this.#writing += 1
    try {
      await this.#store(pack)
      pack.durable.resolve()
      this.#keep(pack.buffer)
    } catch (error) {
      // Its buffer is not used again: somebody may still be sending it.
      pack.durable.reject(error)
    } finally {
      this.#writing -= 1
      this.#written.resolve()
      this.#written = Promise.withResolvers()
      this.#writeReady()
    }
  }

  /** While nothing comes one is enough. */
  #keep(buffer: Uint8Array<ArrayBuffer>): void {
    this.#spare.push(buffer)
    if (this.#filling || this.#writing > 1) return
    for (const more of this.#spare.splice(1)) releaseBytes(more)
  }

  async #store({ keyId, chunks }: OpenPack): Promise<void> {
    const { db, store, keys, clock } = this.#options
    const id = randomUUID()
    const dataKey = { id: keyId, key: await keys.find(keyId) }
    const { body, entries } = encodePack(id, chunks, dataKey)
    await store.put(packKey(id), body)
    const pack = { id, keyId, sizeBytes: body.sizeBytes, entries }
    await inTransaction(db, (tx) => insertPack(tx, pack, clock.now()))
  }
}
