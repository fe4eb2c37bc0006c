import { decodeText, type DecodedText, type TextLimits } from '@cloudsync/crdt'
import { sha256Of, type Sha256 } from '@cloudsync/storage'
import type { Contents, SpaceGuard } from '#features/contents/index.ts'
import type { Room } from '#features/spaces/index.ts'
import { releasedBehind } from '#platform/http/body-chunks.ts'
import { requireDigest } from './content-digest.ts'
import { sniffedBytes } from './media-type.ts'
import type { UploadAccount } from './upload-budget.ts'

/** Bytes that have arrived whole: a text in memory, or a blob that is stored and leased. */
export type Incoming = IncomingText | IncomingBlob

export interface IncomingText {
  readonly kind: 'text'
  readonly bytes: Uint8Array
  readonly decoded: DecodedText
}

export interface IncomingBlob {
  readonly kind: 'blob'
  readonly sha256: Sha256
  readonly sizeBytes: number
  /** Its beginning, for its media type. */
  readonly head: Uint8Array
}

export interface IntakeOptions {
  /** What still counts as a text. */
  readonly limits: TextLimits
  readonly account: UploadAccount
  /** What the client says that it sends. */
  readonly digest?: Sha256 | undefined
  /** As far as the client says; 0 when it does not. */
  readonly announcedBytes: number
  /** What is left of the space that it is for; what was announced fits. */
  readonly room: Room
  /** Whether the chunks of the source are nobody else's: they are freed as they are stored. */
  readonly ownsChunks?: boolean
}

/**
 * Takes content in as it arrives. As long as it may be a text it is kept in memory, at most as much as a
 * text may have; what can be none goes straight to the store.
 */
export class ContentIntake {
  readonly #contents: Contents
  readonly #space: SpaceGuard

  constructor(contents: Contents, space: SpaceGuard) {
    this.#contents = contents
    this.#space = space
  }

  /** Throws `storage_full`, `quota_exceeded`, `hash_mismatch`, `unavailable`, and what the source throws. */
  async take(source: AsyncIterable<Buffer>, options: IntakeOptions): Promise<Incoming> {
    const { limits, account, digest, room } = options
    await this.#space.require(options.announcedBytes)
    const chunks = this.#space.watch(within(room, source))
    try {
      const head = await takeWhileText(chunks, limits.maxBytes, account)
      if (head.isWhole) {
        const decoded = decodeText(head.bytes, limits)
        if (decoded.kind === 'text') {
          if (digest) requireDigest(digest, await sha256Of(head.bytes))
          return { kind: 'text', bytes: head.bytes, decoded }
        }
      }
      account.giveBack()
      return await this.#store(head.bytes, chunks, options)
    } finally {
      await chunks.return(undefined)
    }
  }

  /** Takes contents that are in memory, with one write for all. Throws as `take`. */
  async takeAll(files: readonly Buffer[], limits: TextLimits): Promise<Incoming[]> {
    await this.#space.require(files.reduce((sum, bytes) => sum + bytes.length, 0))
    const texts = new Map<Buffer, Incoming>()
    for (const bytes of files) {
      const decoded = decodeText(bytes, limits)
      if (decoded.kind === 'text') texts.set(bytes, { kind: 'text', bytes, decoded })
    }
    const blobs = files.filter((bytes) => !texts.has(bytes))
    const stored = await this.#contents.putAll(blobs)
    const names = new Map(blobs.map((bytes, index) => [bytes, stored[index]]))
    return files.map((bytes) => {
      const name = names.get(bytes)
      const head = bytes.subarray(0, sniffedBytes)
      return name ? { kind: 'blob', ...name, head } : (texts.get(bytes) as Incoming)
    })
  }

  async #store(
    begin: Buffer,
    rest: AsyncGenerator<Buffer>,
    { digest, ownsChunks = false }: IntakeOptions,
  ): Promise<IncomingBlob> {
    const head = Buffer.from(begin.subarray(0, sniffedBytes))
    const whole = joined(begin, head, ownsChunks ? releasedBehind(rest) : rest)
    const { sha256, sizeBytes } = await this.#contents.putStream(whole.chunks(), {
      verify: (name) => requireDigest(digest, name.sha256),
    })
    return { kind: 'blob', sha256, sizeBytes, head: whole.head() }
  }
}

/** Whoever announces less than comes, or nothing, is stopped where the room ends. */
async function* within(room: Room, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    room.require(bytes)
    yield chunk
  }
}

/** What may be the beginning of a text: no NUL, and not longer than a text. */
async function takeWhileText(
  chunks: AsyncGenerator<Buffer>,
  maxBytes: number,
  account: UploadAccount,
): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const taken: Buffer[] = []
  let takenBytes = 0
  for (;;) {
    const next = await chunks.next()
    if (next.done) return { bytes: Buffer.concat(taken), isWhole: true }
    account.take(next.value.length)
    taken.push(next.value)
    takenBytes += next.value.length
    if (takenBytes > maxBytes || next.value.includes(0))
      return { bytes: Buffer.concat(taken), isWhole: false }
  }
}

/** The begin and the rest as one; where the begin is too short to tell the type, more is kept. */
function joined(begin: Buffer, kept: Buffer, rest: AsyncGenerator<Buffer>) {
  let head = kept
  return {
    head: () => head,
    async *chunks(): AsyncGenerator<Uint8Array> {
      // In pieces, so that the store hands them on one by one.
      for (let at = 0; at < begin.length; at += pieceBytes)
        yield begin.subarray(at, at + pieceBytes)
      for await (const chunk of rest) {
        const missing = sniffedBytes - head.length
        if (missing > 0) head = Buffer.concat([head, chunk.subarray(0, missing)])
        yield chunk
      }
    },
  }
}

const pieceBytes = 64 * 1024
