import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { maxAtomicBytes, type ContentDrafts, type SpaceGuard } from '#features/contents/index.ts'
import type { Room } from '#features/spaces/index.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { announcedBytes, bodyChunks, releasedBehind } from '#platform/http/body-chunks.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Checksum } from './tus-headers.ts'

export interface UploadReceiverOptions {
  readonly db: Database
  readonly drafts: ContentDrafts
  readonly space: SpaceGuard
}

/** Bytes that come with a request. */
export interface UploadPart {
  readonly request: IncomingMessage
  readonly offset: number
  readonly checksum: Checksum | undefined
}

/** Takes the bytes of requests into drafts. */
export class UploadReceiver {
  readonly #options: UploadReceiverOptions

  constructor(options: UploadReceiverOptions) {
    this.#options = options
  }

  /**
   * Adds a body to a draft, and gives its size then. Of a body that breaks off, what has come is kept, unless
   * it has a checksum. Throws as `ContentDrafts.append`, `too_large` beyond `length`, `checksum_mismatch`,
   * `storage_full`, and `bad_request` when it was broken off.
   */
  async receive(id: string, part: UploadPart, length: number): Promise<number> {
    const remaining = length - part.offset
    if (announcedBytes(part.request) > remaining) throw beyondLength()
    return this.#receive(id, part, limited(bodyChunks(part.request), remaining))
  }

  /** As `receive`, of an upload whose length is not known: throws `quota_exceeded` where the room ends. */
  async receiveUnbounded(
    id: string,
    part: UploadPart,
    findRoom: () => Promise<Room>,
  ): Promise<number> {
    const room = await findRoom()
    room.require(part.offset + announcedBytes(part.request))
    return this.#receive(id, part, within(findRoom, part.offset, bodyChunks(part.request)))
  }

  async #receive(
    id: string,
    { request, offset, checksum }: UploadPart,
    chunks: AsyncGenerator<Buffer>,
  ): Promise<number> {
    const { drafts, space } = this.#options
    await space.require(announcedBytes(request))
    const body = releasedBehind(space.watch(chunks))
    if (!checksum) return drafts.append(id, offset, body)
    const whole = checked(body, checksum)
    if (request.headers['content-length'] === undefined || announcedBytes(request) > maxAtomicBytes)
      return this.#appendByDetour(id, offset, whole)
    return drafts.append(id, offset, whole, { isAtomic: true })
  }

  /** Of an upload that is whole: gives its size, or throws `too_large` when there is more. */
  async receiveNothing({ request, offset }: UploadPart): Promise<number> {
    if (announcedBytes(request) > 0) throw beyondLength()
    return offset
  }

  /** "The bytes MUST be discarded" when they are wrong, and there may be many: they wait in a draft of their own. */
  async #appendByDetour(
    id: string,
    offset: number,
    source: AsyncIterable<Uint8Array>,
  ): Promise<number> {
    const { db, drafts } = this.#options
    const detourId = await inTransaction(db, (tx) => drafts.create(tx))
    try {
      await drafts.append(detourId, 0, source)
      return await drafts.append(id, offset, drafts.read(detourId))
    } finally {
      await drafts.remove(detourId)
    }
  }
}

async function* limited(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxBytes) throw beyondLength()
    yield chunk
  }
}

/** Others may fill the room meanwhile, so it is looked at again and again. */
async function* within(
  findRoom: () => Promise<Room>,
  offset: number,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let bytes = offset
  let room: Room | undefined
  let lookAt = offset
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (!room || bytes >= lookAt) {
      room = await findRoom()
      lookAt = bytes + lookEveryBytes
    }
    room.require(bytes)
    yield chunk
  }
}

const lookEveryBytes = 32 * 1024 * 1024

/** Fails at the end, unless the bytes were those that were announced. */
async function* checked(
  chunks: AsyncIterable<Buffer>,
  { algorithm, digest }: Checksum,
): AsyncGenerator<Buffer> {
  const hash = createHash(algorithm)
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
  if (!hash.digest().equals(digest)) throw new ProblemError('checksum_mismatch')
}

function beyondLength(): ProblemError {
  return new ProblemError('too_large', { detail: 'These are more bytes than Upload-Length says' })
}
