import { createHash, randomUUID } from 'node:crypto'
import {
  sha256FromHex,
  type ChunkStream,
  type ScannedPart,
  type Sha256,
  deriveSealKey,
  seal,
  unseal,
} from '@cloudsync/storage'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ContentName, StoredContent } from './content-name.ts'
import { leaseContents } from './content-rows.ts'
import type { ContentReader } from './content-reader.ts'
import type { ContentWriter } from './content-writer.ts'
import type { ContentsOptions, PutOptions } from './contents.ts'
import { ManifestWriter } from './manifest-writer.ts'
import type { Packer } from './packer.ts'
import { oneAhead, scansOf, segmentsOf } from './segments.ts'
import { translated } from './store-problems.ts'

/** What a draft holds durably. */
export interface Draft {
  readonly id: string
  readonly sizeBytes: number
}

interface DraftRow extends Draft {
  /** What is in no chunk yet. */
  readonly tail: Uint8Array
}

/** A draft to which nothing was added for so long is dropped. */
export const draftLeaseMs = 7 * 24 * 3_600_000
/** About twice as much may be sent again after the process has died: more is taken in while it is saved. */
const saveEveryBytes = 32 * 1024 * 1024
const maxHashes = 1_000
const tailContext = Buffer.from('tail')

export interface AppendOptions {
  /** Nothing is kept unless all comes; then it must be no more than `maxAtomicBytes`. */
  readonly isAtomic?: boolean
}

/** So much may be added all or not at all: it is saved in one step. */
export const maxAtomicBytes = saveEveryBytes

/**
 * Contents that arrive in parts, over days and over the deaths of processes. What `append` has answered is
 * durable; any server can go on with it.
 */
export class ContentDrafts {
  readonly #options: ContentsOptions
  readonly #packer: Packer
  readonly #writer: ContentWriter
  readonly #reader: ContentReader
  readonly #hashes = new Map<string, ContentName>()

  constructor(
    options: ContentsOptions,
    parts: {
      readonly packer: Packer
      readonly writer: ContentWriter
      readonly reader: ContentReader
    },
  ) {
    this.#options = options
    this.#packer = parts.packer
    this.#writer = parts.writer
    this.#reader = parts.reader
  }

  /** In the transaction of what the draft is for. */
  async create(tx: Transaction<Schema>): Promise<string> {
    const id = randomUUID()
    await tx
      .insertInto('content_drafts')
      .values({
        id,
        size_bytes: 0,
        ...this.#sealTail(id, new Uint8Array()),
        touched_at: this.#options.clock.now(),
      })
      .execute()
    return id
  }

  async find(id: string): Promise<Draft | undefined> {
    return this.#find(id)
  }

  /**
   * Adds bytes at `offset`, which must be the draft's size; gives its size then. What has come is kept also
   * when the source fails in between, and then its error comes back. Throws `upload_conflict` when the draft has
   * another size, or another call adds to it, `not_found`, and as `Contents` does.
   */
  append(
    id: string,
    offset: number,
    source: AsyncIterable<Uint8Array>,
    options: AppendOptions = {},
  ): Promise<number> {
    return translated(this.#append(id, offset, source, options))
  }

  /**
   * Makes a draft a content, and drops the draft, in the transaction of `work`. The content is leased as long
   * as a draft is.
   */
  finish(id: string, options: PutOptions = {}, work?: FinishWork): Promise<StoredContent> {
    return translated(this.#finish(id, options, work))
  }

  async #append(
    id: string,
    offset: number,
    source: AsyncIterable<Uint8Array>,
    { isAtomic = false }: AppendOptions,
  ): Promise<number> {
    const draft = await this.#require(id)
    if (draft.sizeBytes !== offset) throw new ProblemError('upload_conflict')
    const writer = await this.#resume(id)
    const isWhole = offset === 0
    await using stream = this.#options.workers.openStream({ hashesWhole: isWhole })
    const part = await stream.scan(Uint8Array.from(draft.tail), false)
    await writer.add(part)
    const progress = { savedBytes: offset, sizeBytes: offset, part }
    const failure = await this.#take(source, { writer, stream, id, isAtomic, progress })
    if (failure && isAtomic) throw failure.error
    if (progress.sizeBytes > progress.savedBytes)
      await this.#save({ writer, stream, id, isAtomic, progress })
    if (isWhole) this.#noteHash(id, { sha256: await stream.whole(), sizeBytes: progress.sizeBytes })
    if (failure) throw failure.error
    return progress.sizeBytes
  }

  async #finish(
    id: string,
    { verify }: PutOptions,
    work: FinishWork | undefined,
  ): Promise<StoredContent> {
    const draft = await this.#require(id)
    const sha256 = this.#findHash(draft) ?? (await hashOf(this.#reader.readDraft(draft)))
    const name = { sha256, sizeBytes: draft.sizeBytes }
    verify?.(name)
    const writer = await this.#resume(id)
    await using stream = this.#options.workers.openStream({ hashesWhole: false })
    await writer.add(await stream.scan(Uint8Array.from(draft.tail), true))
    const end = async (tx: Transaction<Schema>) => {
      await this.#drop(tx, draft)
      await leaseContents(
        tx,
        [sha256],
        new Date(this.#options.clock.now().getTime() + draftLeaseMs),
      )
      await work?.(tx, name)
    }
    if (draft.sizeBytes === 0) await this.#writer.enterEmpty(end)
    else await this.#writer.enter(writer, id, name, end)
    return { ...name, storedBytes: writer.storedBytes }
  }

  /** The bytes of a draft, to become part of another. */
  async *read(id: string): AsyncGenerator<Uint8Array> {
    yield* this.#reader.readDraft(await this.#require(id))
  }

  /** Drops a draft and what it holds. Resolves also when there is none. */
  async remove(id: string): Promise<void> {
    await this.#options.db.kysely.deleteFrom('content_drafts').where('id', '=', id).execute()
  }

  /** Takes a source in as far as it goes; gives what it failed with. */
  async #take(
    source: AsyncIterable<Uint8Array>,
    work: Taking,
  ): Promise<{ readonly error: unknown } | undefined> {
    const { writer, stream, progress } = work
    const failing = noting(source)
    const segments = oneAhead(segmentsOf(failing.source, stream))
    let savingBytes = progress.savedBytes
    let saving = Promise.resolve()
    try {
      for await (const { sizeBytes, part } of oneAhead(
        scansOf(segments, stream, { goesOn: true }),
      )) {
        await writer.add(part)
        progress.sizeBytes += sizeBytes
        progress.part = part
        if (progress.sizeBytes - savingBytes <= saveEveryBytes) continue
        if (work.isAtomic) throw new ProblemError('too_large')
        await saving
        // More is taken in while the medium works.
        saving = this.#save(work)
        saving.catch(() => undefined)
        savingBytes = progress.sizeBytes
      }
    } finally {
      await saving
    }
    return failing.failure()
  }

  /** Saves what has come when it is called, whatever comes meanwhile. */
  async #save({ writer, id, progress }: Taking): Promise<void> {
    const { savedBytes, sizeBytes } = progress
    const rest = progress.part.rest()
    // Heard of below, unless the save fails before.
    rest.catch(() => undefined)
    await writer.save(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('content_drafts')
        .set({
          size_bytes: sizeBytes,
          ...this.#sealTail(id, await rest),
          touched_at: this.#options.clock.now(),
        })
        .where('id', '=', id)
        .where('size_bytes', '=', savedBytes)
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) throw new ProblemError('upload_conflict')
    })
    progress.savedBytes = sizeBytes
  }

  /** Of a draft that has come in one piece the hash is known, which spares the reading of it. */
  #noteHash(id: string, name: ContentName): void {
    this.#hashes.set(id, name)
    for (const oldest of this.#hashes.keys()) {
      if (this.#hashes.size <= maxHashes) return
      this.#hashes.delete(oldest)
    }
  }

  #findHash({ id, sizeBytes }: Draft): Sha256 | undefined {
    const known = this.#hashes.get(id)
    return known?.sizeBytes === sizeBytes ? known.sha256 : undefined
  }

  /** What is in no chunk yet, as the database keeps it. */
  #sealTail(id: string, tail: Uint8Array) {
    const { id: keyId, key } = this.#options.keys.current
    const sealed = seal(deriveSealKey(key, `draft:${id}`), tail, tailContext)
    return { tail: Buffer.from(sealed), key_id: keyId }
  }

  #resume(id: string): Promise<ManifestWriter> {
    return ManifestWriter.resume({
      contents: this.#options,
      packer: this.#packer,
      id,
      leaseMs: draftLeaseMs,
    })
  }

  async #require(id: string): Promise<DraftRow> {
    const draft = await this.#find(id)
    if (!draft) throw new ProblemError('not_found')
    return draft
  }

  async #find(id: string): Promise<DraftRow | undefined> {
    const row = await this.#options.db.kysely
      .selectFrom('content_drafts')
      .select(['size_bytes', 'tail', 'key_id'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (!row) return undefined
    const key = await this.#options.keys.find(row.key_id)
    const tail = unseal(deriveSealKey(key, `draft:${id}`), row.tail, tailContext)
    return { id, sizeBytes: row.size_bytes, tail }
  }

  /** Of two that finish a draft, or finish and add to it, one is refused. */
  async #drop(tx: Transaction<Schema>, { id, sizeBytes }: Draft): Promise<void> {
    const { numDeletedRows } = await tx
      .deleteFrom('content_drafts')
      .where('id', '=', id)
      .where('size_bytes', '=', sizeBytes)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n) throw new ProblemError('upload_conflict')
  }
}

/** What is written where a draft becomes a content. */
export type FinishWork = (tx: Transaction<Schema>, content: ContentName) => Promise<void>

interface Taking {
  readonly isAtomic: boolean
  readonly writer: ManifestWriter
  readonly stream: ChunkStream
  readonly id: string
  /** What has come, and what of it is durable. */
  readonly progress: { savedBytes: number; sizeBytes: number; part: ScannedPart }
}

async function hashOf(source: AsyncIterable<Uint8Array>): Promise<Sha256> {
  const hash = createHash('sha256')
  for await (const bytes of source) hash.update(bytes)
  return sha256FromHex(hash.digest('hex'))
}

/** A source that ends where another fails, and tells what it failed with. */
function noting(source: AsyncIterable<Uint8Array>) {
  let failure: { readonly error: unknown } | undefined
  async function* untilFailure() {
    try {
      yield* source
    } catch (error) {
      failure = { error }
    }
  }
  return { source: untilFailure(), failure: () => failure }
}
