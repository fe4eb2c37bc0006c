import { maxPageEntries, type ManifestEntry, type ScannedPart } from '@cloudsync/storage'
import type { Kysely, Transaction } from 'kysely'
import { inTransaction } from '#platform/db/transaction.ts'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { leaseChunks } from './chunk-index.ts'
import type { ContentsOptions } from './contents.ts'
import { appendToPage, findLastPage, leaseManifest, type ManifestPage } from './manifests.ts'
import type { Packer } from './packer.ts'

/** Sooner than the shortest of its leases may end. */
const leaseAgainMs = 10 * 60_000

export interface ManifestWriterOptions {
  readonly contents: ContentsOptions
  readonly packer: Packer
  readonly id: string
  /** How long the manifest is left alone, from now, while no content has it. */
  readonly leaseMs: number
}

/** Where the next entry goes. */
interface End {
  readonly page: number
  readonly pageStart: number
  readonly pageEntries: number
  readonly sizeBytes: number
}

/** Stores the chunks of a content that are not there yet, and writes down which ones it is made of. */
export class ManifestWriter {
  readonly #options: ManifestWriterOptions
  /** Of what is saved. */
  #end: End = { page: 0, pageStart: 0, pageEntries: 0, sizeBytes: 0 }
  #unsaved: ManifestEntry[] = []
  /** What was added last, on its way to the packs. */
  #storing: Promise<void> = Promise.resolve()
  readonly #undurable = new Set<Promise<void>>()
  /** The saves, one after the other. */
  #saved: Promise<void> = Promise.resolve()
  #leasedAtMs: number
  /** The sealed bytes that were stored for it: what was there already costs none. */
  storedBytes = 0

  constructor(options: ManifestWriterOptions) {
    this.#options = options
    this.#leasedAtMs = options.contents.clock.now().getTime()
  }

  /** Goes on where an earlier writer has saved. */
  static async resume(options: ManifestWriterOptions): Promise<ManifestWriter> {
    const writer = new ManifestWriter(options)
    const last = await findLastPage(options.contents.db.kysely, options.id)
    if (last)
      writer.#end = {
        page: last.page,
        pageStart: last.start,
        pageEntries: last.entries.length,
        sizeBytes: last.start + sizeOf(last.entries),
      }
    return writer
  }

  /** When all that was added is one chunk, which needs no manifest. */
  get isOneChunk(): boolean {
    const { page, pageEntries } = this.#end
    return page === 0 && pageEntries + this.#unsaved.length === 1
  }

  /** Adds what a scan has found, and stores what of it is new: with this, what was added before is on its way. */
  async add(part: ScannedPart): Promise<void> {
    this.#unsaved.push(...part.chunks)
    const before = this.#storing
    this.#storing = this.#store(part, before)
    // Heard of with the next, or by `settle`.
    this.#storing.catch(() => undefined)
    await before
    if (this.#unsaved.length >= maxPageEntries) await this.save()
    else await this.#stayLeased()
  }

  /**
   * Returns when what was added before is durable, and written down, in the transaction of `work`; more may be added
   * meanwhile. Throws a retryable `unavailable` when a chunk, or what was saved earlier, is gone by now.
   */
  save(work?: (tx: Transaction<Schema>) => Promise<void>): Promise<void> {
    const entries = this.#unsaved
    this.#unsaved = []
    const durable = this.settle()
    // Heard of by whoever waits for the save, which another one may hold up.
    durable.catch(() => undefined)
    this.#saved = this.#saved.then(async () => {
      await durable
      await this.#write(entries, work)
    })
    return this.#saved
  }

  async #write(
    entries: readonly ManifestEntry[],
    work?: (tx: Transaction<Schema>) => Promise<void>,
  ): Promise<void> {
    const { contents, id } = this.#options
    const { pages, end } = this.#pages(entries)
    await inTransaction(contents.db, async (tx) => {
      await this.#lease(tx)
      for (const page of pages) await appendToPage(tx, id, page)
      await work?.(tx)
    })
    this.#end = end
  }

  /** Returns when the chunks that were added are durable. */
  async settle(): Promise<void> {
    await this.#storing
    this.#options.packer.hurry()
    await Promise.all(this.#undurable)
  }

  /** Over a slow line it takes longer than any lease from the first chunk to the next save. */
  async #stayLeased(): Promise<void> {
    const { contents } = this.#options
    const now = contents.clock.now()
    if (now.getTime() - this.#leasedAtMs < leaseAgainMs) return
    this.#leasedAtMs = now.getTime()
    const hashes = this.#unsaved.map((entry) => entry.hash)
    await leaseChunks(contents.db.kysely, hashes, now)
    if (this.#end.sizeBytes > 0) await this.#lease(contents.db.kysely)
  }

  /** Throws a retryable `unavailable` when what was saved has been collected: another begins where it was. */
  async #lease(db: Kysely<Schema>): Promise<void> {
    const { contents, id, leaseMs } = this.#options
    const until = new Date(contents.clock.now().getTime() + leaseMs)
    const { isNew } = await leaseManifest(db, id, until)
    if (isNew && this.#end.sizeBytes > 0)
      throw new ProblemError('unavailable', { headers: { 'retry-after': '2' } })
  }

  /** Sealed while what was added before it is packed. */
  async #store({ chunks, seal }: ScannedPart, before: Promise<void>): Promise<void> {
    const { packer, contents } = this.#options
    const hashes = chunks.map((chunk) => chunk.hash)
    const askedAtMs = performance.now()
    const known = await leaseChunks(contents.db.kysely, hashes, contents.clock.now())
    const wanted = new Map<string, number>()
    for (const [place, { hash }] of chunks.entries()) {
      const name = Buffer.from(hash).toString('hex')
      if (known.has(name) || wanted.has(name)) continue
      const underWay = packer.find(hash, askedAtMs)
      if (underWay) this.#await(underWay.durable)
      else wanted.set(name, place)
    }
    const { id: keyId, key } = contents.keys.current
    const [sealed] = await Promise.all([seal([...wanted.values()], key), before])
    using part = sealed
    for (const chunk of part.chunks) {
      const stored = await packer.add(chunk, keyId, askedAtMs)
      if (stored.isNew) this.storedBytes += chunk.sealed.byteLength
      this.#await(stored.durable)
    }
  }

  #await(durable: Promise<void>): void {
    // It is waited for before anything names the chunk.
    durable.catch(() => undefined)
    this.#undurable.add(durable)
    durable.then(
      () => this.#undurable.delete(durable),
      () => undefined,
    )
  }

  /** By pages, after what is saved, and where they end. */
  #pages(unsaved: readonly ManifestEntry[]): {
    readonly pages: readonly ManifestPage[]
    readonly end: End
  } {
    const pages: ManifestPage[] = []
    let end = this.#end
    for (let at = 0; at < unsaved.length;) {
      if (end.pageEntries === maxPageEntries)
        end = { ...end, page: end.page + 1, pageStart: end.sizeBytes, pageEntries: 0 }
      const entries = unsaved.slice(at, at + maxPageEntries - end.pageEntries)
      pages.push({ page: end.page, start: end.pageStart, entries })
      end = {
        ...end,
        pageEntries: end.pageEntries + entries.length,
        sizeBytes: end.sizeBytes + sizeOf(entries),
      }
      at += entries.length
    }
    return { pages, end }
  }
}

function sizeOf(entries: readonly ManifestEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.plainBytes, 0)
}
