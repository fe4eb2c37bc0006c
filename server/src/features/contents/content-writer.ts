import { randomUUID } from 'node:crypto'
import { hashChunk, sealChunk, sha256Of } from '@cloudsync/storage'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { addChunkRefs, leaseChunks } from './chunk-index.ts'
import type { ContentName, StoredContent } from './content-name.ts'
import { insertContents } from './content-rows.ts'
import type { ContentsOptions, PutOptions } from './contents.ts'
import { ManifestWriter } from './manifest-writer.ts'
import type { Packer } from './packer.ts'
import { oneAhead, segmentsOf } from './segments.ts'

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
    const { db, clock, keys } = this.#options
    const hash = hashChunk(bytes)
    const name = { sha256: await sha256Of(bytes), sizeBytes: bytes.byteLength }
    const known = await leaseChunks(db.kysely, [hash], clock.now())
    let storedBytes = 0
    if (known.size === 0) {
      const chunk = sealChunk(bytes, hash, keys.current.key)
      storedBytes = chunk.sealed.byteLength
      const durable = this.#packer.add(chunk, keys.current.id)
      this.#packer.hurry()
      await durable
    }
    await inTransaction(db, (tx) => this.enterChunk(tx, name))
    return { ...name, storedBytes }
  }

  async putStream(
    source: AsyncIterable<Uint8Array>,
    { signal, verify }: PutOptions,
  ): Promise<StoredContent> {
    const id = randomUUID()
    const lease = { id, leaseMs: contentLeaseMs }
    const writer = new ManifestWriter({ contents: this.#options, packer: this.#packer, ...lease })
    await using stream = this.#options.workers.openStream({ hashesWhole: true })
    let sizeBytes = 0
    for await (const { bytes, isLast } of oneAhead(segmentsOf(source, signal))) {
      sizeBytes += bytes.byteLength
      await writer.add(stream, await stream.scan(bytes, isLast))
    }
    const name = { sha256: await stream.whole(), sizeBytes }
    verify?.(name)
    if (sizeBytes === 0) return this.putChunk(new Uint8Array())
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
        await this.enterChunk(tx, name)
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
      await this.enterChunk(tx, name)
      await work(tx)
    })
  }

  /** Enters a content that is one chunk, which is stored. */
  async enterChunk(tx: Transaction<Schema>, name: ContentName): Promise<void> {
    const added = await insertContents(tx, [name], this.#leaseEnd())
    if (added.size > 0) await addChunkRefs(tx, new Map([[name.sha256, 1]]))
  }

  #leaseEnd(): Date {
    return new Date(this.#options.clock.now().getTime() + contentLeaseMs)
  }
}
