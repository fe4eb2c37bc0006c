import { randomUUID } from 'node:crypto'
import { chunkingV1, hashChunk, sealChunk, sha256FromBytes, sha256Of } from '@cloudsync/storage'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { leaseChunks } from './chunk-index.ts'
import type { ContentName, StoredContent } from './content-name.ts'
import { insertContents } from './content-rows.ts'
import { enterChunkContents } from './enter-chunks.ts'
import type { ContentsOptions, PutOptions } from './contents.ts'
import { ManifestWriter } from './manifest-writer.ts'
import type { Packer } from './packer.ts'
import { oneAhead, scansOf, segmentsOf, startingWith, type Segment } from './segments.ts'

/** How long what nothing names yet is left alone. */
export const contentLeaseMs = 3_600_000

/** Takes contents in whole. */
export class ContentWriter {
  readonly #options: ContentsOptions
  readonly #packer: Packer

  constructor(options: ContentsOptions, packer: Packer) {
    this.#options = options
    this.#packer = packer
  }

  /** A content that is one chunk, for which the threads' detour would cost more than the work. */
  async putChunk(bytes: Uint8Array): Promise<StoredContent> {
    const [stored] = await this.putChunks([bytes])
    return stored as StoredContent
  }

  /** Contents that are one chunk each, with one write for all. */
  async putChunks(contents: readonly Uint8Array[]): Promise<StoredContent[]> {
    const { db, clock } = this.#options
    const chunks = contents.map((bytes) => ({ bytes, hash: hashChunk(bytes) }))
    const hashes = chunks.map(({ hash }) => hash)
    const askedAtMs = performance.now()
    const known = await leaseChunks(db.kysely, hashes, clock.now())
    const unknown = chunks.filter(({ hash }) => !known.has(hexOf(hash)))
    const stored = await this.#storeChunks(unknown, askedAtMs)
    const names = chunks.map(({ bytes, hash }) => ({
      sha256: sha256FromBytes(hash),
      sizeBytes: bytes.byteLength,
    }))
    const distinct = [...new Map(names.map((name) => [name.sha256, name])).values()]
    if (distinct.length > 0) await inTransaction(db, (tx) => this.enterChunks(tx, distinct))
    return names.map((name) => ({ ...name, storedBytes: stored.get(name.sha256) ?? 0 }))
  }

  /** Gives the sealed bytes of each, when they are durable. */
  async #storeChunks(
    chunks: readonly { readonly bytes: Uint8Array; readonly hash: Uint8Array }[],
    askedAtMs: number,
  ): Promise<Map<string, number>> {
    const { id: keyId, key } = this.#options.keys.current
    const stored = new Map<string, number>()
    const packed = await Promise.all(
      chunks.map(async ({ bytes, hash }) => {
        const underWay = this.#packer.find(hash, askedAtMs)
        if (underWay) return underWay
        const chunk = sealChunk(bytes, hash, key)
        stored.set(hexOf(hash), chunk.sealed.byteLength)
        return this.#packer.add(chunk, keyId, askedAtMs)
      }),
    )
    this.#packer.hurry()
    await Promise.all(packed.map(({ durable }) => durable))
    return stored
  }

  async putStream(
    source: AsyncIterable<Uint8Array>,
    { signal, verify }: PutOptions,
  ): Promise<StoredContent> {
    const id = randomUUID()
    const lease = { id, leaseMs: contentLeaseMs }
    const writer = new ManifestWriter({ contents: this.#options, packer: this.#packer, ...lease })
    await using stream = this.#options.workers.openStream({ hashesWhole: true })
    const segments = oneAhead(segmentsOf(source, stream, signal))
    const first = (await segments.next()).value as Segment
    if (first.isLast && first.bytes.byteLength <= chunkingV1.minBytes) {
      verify?.({ sha256: await sha256Of(first.bytes), sizeBytes: first.bytes.byteLength })
      return this.putChunk(first.bytes)
    }
    let sizeBytes = 0
    for await (const scanned of oneAhead(scansOf(startingWith(first, segments), stream))) {
      sizeBytes += scanned.sizeBytes
      await writer.add(scanned.part)
    }
    const name = { sha256: await stream.whole(), sizeBytes }
    verify?.(name)
    await this.enter(writer, id, name)
    return { ...name, storedBytes: writer.storedBytes }
  }

  /** Makes what a writer has taken in the content of its name, in a transaction with `work`. */
  async enter(
    writer: ManifestWriter,
    manifestId: string,
    name: ContentName,
    work?: (tx: Transaction<Schema>) => Promise<void>,
  ): Promise<void> {
    if (writer.isOneChunk) {
      await writer.settle()
      await inTransaction(this.#options.db, async (tx) => {
        await this.enterChunks(tx, [name])
        await work?.(tx)
      })
      return
    }
    await writer.save(async (tx) => {
      // The manifest of one that is there already is nobody's, and is collected.
      await insertContents(tx, [{ ...name, manifestId }], this.#leaseEnd())
      await work?.(tx)
    })
  }

  /** Makes no bytes a content, in a transaction with `work`. */
  async enterEmpty(work: (tx: Transaction<Schema>) => Promise<void>): Promise<void> {
    const name = await this.putChunk(new Uint8Array())
    await inTransaction(this.#options.db, async (tx) => {
      await this.enterChunks(tx, [name])
      await work(tx)
    })
  }

  /** Enters contents that are one chunk each, which are stored. No two are the same. */
  enterChunks(tx: Transaction<Schema>, names: readonly ContentName[]): Promise<void> {
    return enterChunkContents(tx, names, this.#leaseEnd())
  }

  #leaseEnd(): Date {
    return new Date(this.#options.clock.now().getTime() + contentLeaseMs)
  }
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}
