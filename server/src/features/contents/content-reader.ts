import { Readable } from 'node:stream'
import {
  blobKey,
  BlobRangeError,
  ChunkDamagedError,
  sha256FromBytes,
  sha256ToBytes,
  type ByteRange,
  type ChunkStream,
  type ManifestEntry,
  type Sha256,
} from '@cloudsync/storage'
import { ContentNotFoundError, CorruptContentError } from './content-errors.ts'
import { findChunks, markDamaged, type ChunkPlace } from './chunk-index.ts'
import { findContent, listContents, type ContentRow } from './content-rows.ts'
import type { ContentsOptions } from './contents.ts'
import { readManifestPages } from './manifests.ts'
import { PackBrokenError, readSealed } from './read-sealed.ts'
import { toProblem } from './store-problems.ts'

/** A content that is open. */
export interface OpenContent {
  /** How many bytes `body` gives. */
  readonly sizeBytes: number
  /** Each of its chunks is the reader's, who may release it. */
  readonly body: Readable
}

/** Chunks that lie one behind the other are read at once, until they are so many plain bytes. */
const runBytes = 2 * 1024 * 1024

/** A part of the plain bytes of a chunk. */
interface ChunkPart {
  readonly hash: Uint8Array
  readonly from: number
  readonly to: number
}

/** What a draft holds: the chunks of its manifest, and what is in no chunk yet. */
export interface DraftBytes {
  readonly id: string
  readonly sizeBytes: number
  readonly tail: Uint8Array
}

/** A stored chunk, and the part of its plain bytes that is asked for. */
interface Piece {
  readonly place: ChunkPlace
  readonly from: number
  readonly to: number
}

/** Chunks in one pack, one behind the other. */
type Run = [Piece, ...Piece[]]

/** Reads contents back from their chunks, each of which is checked. */
export class ContentReader {
  readonly #options: ContentsOptions

  constructor(options: ContentsOptions) {
    this.#options = options
  }

  /**
   * Opens a content, or the bytes of a range. The caller reads the body to its end or destroys it. It never
   * ends regularly when a byte is wrong: it fails with `CorruptContentError`, and while the store is away with
   * `unavailable`. Throws `ContentNotFoundError`, and `BlobRangeError` unless 0 ≤ start < end ≤ size.
   */
  async open(sha256: Sha256, range?: ByteRange): Promise<OpenContent> {
    const row = await findContent(this.#options.db.kysely, sha256)
    if (!row) throw new ContentNotFoundError(sha256)
    const { start, end } = range ?? { start: 0, end: row.sizeBytes }
    if (range && !(0 <= start && start < end && end <= row.sizeBytes))
      throw new BlobRangeError(blobKey(sha256), range, row.sizeBytes)
    const bytes = this.#readNamed(sha256, row, { start, end })
    return { sizeBytes: end - start, body: Readable.from(bytes, { objectMode: false }) }
  }

  /** The chunks that a content is made of, in order. Throws `ContentNotFoundError`. */
  async *listChunks(sha256: Sha256): AsyncGenerator<ManifestEntry> {
    const { kysely } = this.#options.db
    const row = await findContent(kysely, sha256)
    if (!row) throw new ContentNotFoundError(sha256)
    const { sizeBytes, manifestId } = row
    if (manifestId === undefined) {
      yield { hash: sha256ToBytes(sha256), plainBytes: sizeBytes }
      return
    }
    for await (const page of readManifestPages(kysely, manifestId, { start: 0, end: sizeBytes }))
      yield* page.entries
  }

  /** Contents of one chunk, each whole; what is larger, damaged or not there is left out. */
  async readSmall(hashes: readonly Sha256[]): Promise<Map<Sha256, Uint8Array>> {
    const { db } = this.#options
    const found = new Map<Sha256, Uint8Array>()
    const parts: ChunkPart[] = []
    for (const [sha256, row] of await listContents(db.kysely, hashes)) {
      if (row.sizeBytes === 0) found.set(sha256, new Uint8Array())
      else if (row.manifestId === undefined)
        parts.push({ hash: sha256ToBytes(sha256), from: 0, to: row.sizeBytes })
    }
    const places = await findChunks(
      db.kysely,
      parts.map(({ hash }) => hash),
    )
    const pieces = parts
      .flatMap(({ hash, from, to }) => {
        const place = places.get(Buffer.from(hash).toString('hex'))
        return place?.plainBytes === to ? [{ place, from, to }] : []
      })
      .toSorted((one, other) => inPacks(one.place, other.place))
    for await (const run of runsOf(given(pieces))) {
      const plain = await this.#readRunUnlessDamaged(run)
      let at = 0
      for (const { place, to } of run) {
        if (plain) found.set(sha256FromBytes(place.hash), plain.subarray(at, at + to))
        at += to
      }
    }
    return found
  }

  /** The bytes of a draft: those in chunks, and those that are in none yet. Throws as bodies of `open` fail. */
  async *readDraft({ id, sizeBytes, tail }: DraftBytes): AsyncGenerator<Uint8Array> {
    const chunkBytes = sizeBytes - tail.byteLength
    const { workers } = this.#options
    yield* this.#read(this.#ofManifest(id, { start: 0, end: chunkBytes }), workers)
    if (tail.byteLength > 0) yield tail
  }

  async *#readNamed(
    sha256: Sha256,
    { manifestId, sizeBytes }: ContentRow,
    range: ByteRange,
  ): AsyncGenerator<Uint8Array> {
    const { workers } = this.#options
    const isWhole = range.start === 0 && range.end === sizeBytes
    try {
      if (sizeBytes === 0) return
      if (manifestId === undefined) {
        const part = { hash: sha256ToBytes(sha256), from: range.start, to: range.end }
        yield* this.#read(this.#place([part]), workers)
      } else if (isWhole) {
        yield* this.#readWhole(sha256, manifestId, range)
      } else {
        yield* this.#read(this.#ofManifest(manifestId, range), workers)
      }
    } catch (error) {
      if (!isDamage(error)) throw toProblem(error)
      throw new CorruptContentError(sha256, error.message, { cause: error })
    }
  }

  /** Each chunk is checked by itself; that they are the right ones, in the right order, only the whole tells. */
  async *#readWhole(sha256: Sha256, manifestId: string, range: ByteRange) {
    await using stream = this.#options.workers.openStream({ hashesWhole: true })
    const pieces = this.#ofManifest(manifestId, range)
    yield* this.#read(pieces, stream, async () => {
      if ((await stream.whole()) !== sha256) throw new ManifestBrokenError('The hash is another')
    })
  }

  /** The next run is read while the reader takes this one. The last one is held back until `verify` has passed. */
  async *#read(
    pieces: AsyncGenerator<Piece>,
    unsealer: Pick<ChunkStream, 'unseal'>,
    verify?: () => Promise<void>,
  ): AsyncGenerator<Uint8Array> {
    let turn: Promise<unknown> = Promise.resolve()
    let next: Promise<Uint8Array> | undefined
    for await (const run of runsOf(pieces)) {
      const current = next
      next = this.#readRun(run, unsealer, turn)
      turn = next.catch(() => undefined)
      if (current) yield await current
    }
    const last = await next
    await verify?.()
    if (last) yield last
  }

  async *#ofManifest(id: string, { start, end }: ByteRange): AsyncGenerator<Piece> {
    let seen = start
    for await (const page of readManifestPages(this.#options.db.kysely, id, { start, end })) {
      let at = page.start
      const wanted = page.entries.flatMap((entry) => {
        const from = Math.max(0, start - at)
        const to = Math.min(entry.plainBytes, end - at)
        at += entry.plainBytes
        return from < to ? [{ hash: entry.hash, from, to }] : []
      })
      yield* this.#place(wanted)
      seen = at
    }
    if (seen < end) throw new ManifestBrokenError('The manifest is not whole')
  }

  async *#place(parts: readonly ChunkPart[]): AsyncGenerator<Piece> {
    const hashes = parts.map(({ hash }) => hash)
    const places = await findChunks(this.#options.db.kysely, hashes)
    for (const { hash, from, to } of parts) {
      const place = places.get(Buffer.from(hash).toString('hex'))
      if (!place || place.plainBytes < to)
        throw new ManifestBrokenError('A chunk is not in the index, or of another size')
      yield { place, from, to }
    }
  }

  /** Is read at once, and opened in its turn. What is damaged is read once more before it is called so. */
  async #readRun(
    run: Run,
    unsealer: Pick<ChunkStream, 'unseal'>,
    turn: Promise<unknown>,
    isAgain = false,
  ): Promise<Uint8Array> {
    const { keys, store, db, clock } = this.#options
    const [first, ...rest] = run.map(({ place }) => place)
    if (!first) return new Uint8Array()
    try {
      const sealed = await readSealed(store, [first, ...rest])
      const parts = await Promise.all(
        run.map(async ({ place }) => ({ ...place, dataKey: await keys.find(place.keyId) })),
      )
      await turn
      return cut(run, await unsealer.unseal(sealed, parts))
    } catch (error) {
      const hashes = damagedBy(error, [first, ...rest])
      if (hashes && !isAgain) return this.#readAgain(run, unsealer, turn)
      if (hashes) await markDamaged(db.kysely, first.packId, hashes, clock.now())
      throw error
    }
  }

  async #readRunUnlessDamaged(run: Run): Promise<Uint8Array | undefined> {
    try {
      return await this.#readRun(run, this.#options.workers, Promise.resolve())
    } catch (error) {
      if (!isDamage(error)) throw toProblem(error)
      return undefined
    }
  }

  /** The chunks may lie elsewhere by now, or only the way from the store was bad. */
  async #readAgain(
    run: Run,
    unsealer: Pick<ChunkStream, 'unseal'>,
    turn: Promise<unknown>,
  ): Promise<Uint8Array> {
    const parts = run.map(({ place, from, to }) => ({ hash: place.hash, from, to }))
    const read: Uint8Array[] = []
    for await (const again of runsOf(this.#place(parts)))
      read.push(await this.#readRun(again, unsealer, turn, true))
    return Buffer.concat(read)
  }
}

/** The chunks that an error says cannot be read; `'all'` of the pack. */
function damagedBy(error: unknown, run: readonly ChunkPlace[]) {
  if (error instanceof ChunkDamagedError) return [error.hash]
  if (!(error instanceof PackBrokenError)) return undefined
  return error.isGone ? 'all' : run.map((place) => place.hash)
}

/** What is stored of a content does not fit together. */
class ManifestBrokenError extends Error {
  override readonly name = 'ManifestBrokenError'
}

function isDamage(error: unknown): error is Error {
  return (
    error instanceof ChunkDamagedError ||
    error instanceof PackBrokenError ||
    error instanceof ManifestBrokenError
  )
}

async function* runsOf(pieces: AsyncGenerator<Piece>): AsyncGenerator<Run> {
  let run: Piece[] = []
  let plainBytes = 0
  for await (const piece of pieces) {
    const last = run.at(-1)
    if (last && (!isBehind(last.place, piece.place) || plainBytes >= runBytes)) {
      yield run as Run
      run = []
      plainBytes = 0
    }
    run.push(piece)
    plainBytes += piece.place.plainBytes
  }
  if (run.length > 0) yield run as Run
}

async function* given(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces
}

function inPacks(one: ChunkPlace, other: ChunkPlace): number {
  if (one.packId !== other.packId) return one.packId < other.packId ? -1 : 1
  return one.start - other.start
}

function isBehind(one: ChunkPlace, next: ChunkPlace): boolean {
  return one.packId === next.packId && one.start + one.sealedBytes === next.start
}

/** What is asked for of a run: all but, perhaps, the beginning of its first chunk and the end of its last. */
function cut(run: Run, plain: Uint8Array): Uint8Array {
  const last = run.at(-1) ?? run[0]
  return plain.subarray(run[0].from, plain.byteLength - (last.place.plainBytes - last.to))
}
