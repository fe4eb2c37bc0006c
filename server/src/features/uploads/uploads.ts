import type { IncomingMessage } from 'node:http'
import type { ContentDrafts, ContentName, SpaceGuard } from '#features/contents/index.ts'
import { requireDigest, type UploadedFiles } from '#features/files/index.ts'
import { announcedBytes } from '#platform/http/body-chunks.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { malformed, parseConcat, type Checksum } from './tus-headers.ts'
import { UploadLocks, type UploadLock } from './upload-locks.ts'
import { parseAnnounced, parseMetadata, parseTarget } from './upload-metadata.ts'
import type { UploadPart, UploadReceiver } from './upload-receiver.ts'
import type { UploadSession, UploadSessions } from './upload-sessions.ts'

export interface UploadsOptions {
  readonly sessions: UploadSessions
  readonly drafts: ContentDrafts
  readonly receiver: UploadReceiver
  readonly files: UploadedFiles
  readonly space: SpaceGuard
}

/** An upload as its owner is told of it. */
export interface UploadStatus {
  readonly session: UploadSession
  /** How many bytes are durable. */
  readonly offset: number
}

export interface NewUpload {
  readonly kind: 'whole' | 'partial'
  readonly length: number | undefined
  readonly metadata: string
  /** Its beginning, where it comes with the same request. */
  readonly body:
    | { readonly request: IncomingMessage; readonly checksum: Checksum | undefined }
    | undefined
}

export interface FinalUpload {
  readonly partIds: readonly string[]
  readonly metadata: string
  /** The header as it came. */
  readonly concat: string
}

/** `length`: as the request tells it. */
export type AddedPart = UploadPart & { readonly length: number | undefined }

/**
 * Uploads that may break off and go on, on any server:
 *
 *     open ──bytes──▶ open ──the last──▶ stored ──▶ filed
 *       └──── 7 days without any ────▶ expired ◀─────┘
 *
 * What is `stored` becomes the content of its file in the next step, in the transaction that makes the file; if
 * that fails, whoever asks for the upload next tries again. A partial one stays open.
 */
export class Uploads implements AsyncDisposable {
  readonly #options: UploadsOptions
  readonly #locks = new UploadLocks()

  constructor(options: UploadsOptions) {
    this.#options = options
  }

  async create(caller: Caller, { body, ...upload }: NewUpload): Promise<UploadStatus> {
    const { sessions, files, space } = this.#options
    if (upload.kind === 'partial') parseMetadata(upload.metadata)
    const spaceId =
      upload.kind === 'partial' ? null : await files.require(caller, parseTarget(upload.metadata))
    const known = body ? undefined : await this.#createKnown(caller, { ...upload, spaceId })
    if (known) return known
    await space.require(upload.length ?? 0)
    const session = await sessions.create(caller.userId, { ...upload, spaceId, concat: undefined })
    return this.#unlessFailed(session, async ({ signal }) => {
      const offset = body ? await this.#receive(caller, session, { ...body, offset: 0 }, signal) : 0
      return this.#settle(caller, { session, offset })
    })
  }

  /**
   * Puts partial uploads together, which are gone once they are in the file. The same request makes one file, since
   * who has not heard the answer can but repeat it.
   */
  async concatenate(caller: Caller, final: FinalUpload): Promise<UploadStatus> {
    const { sessions, files, space } = this.#options
    const earlier = await sessions.findFinal(caller.userId, final)
    const done = earlier && (await this.#settleFinal(caller, earlier.id))
    if (done) return done
    const spaceId = await files.require(caller, parseTarget(final.metadata))
    const parts = await Promise.all(final.partIds.map((id) => this.#findPart(caller, id)))
    const length = parts.reduce((sum, part) => sum + part.offset, 0)
    await space.require(0)
    const { metadata, concat } = final
    const upload = { kind: 'final', length, metadata, concat, spaceId } as const
    const session = await sessions.create(caller.userId, upload)
    return this.#unlessFailed(session, async ({ signal }) => {
      const offset = await this.#join(session, parts, signal)
      return this.#settle(caller, { session, offset })
    })
  }

  /** How far it has come; no request adds to it any more. An upload that is whole is in its file then. */
  async getStatus(caller: Caller, id: string): Promise<UploadStatus> {
    const { sessions } = this.#options
    await sessions.get(caller.userId, id)
    using _lock = await this.#locks.takeOver(id)
    const session = await sessions.get(caller.userId, id)
    return await this.#settle(caller, await this.#look(session))
  }

  /** Throws `upload_conflict` for another offset than the upload's. */
  async add(caller: Caller, id: string, part: AddedPart): Promise<UploadStatus> {
    const { sessions } = this.#options
    const { kind } = await sessions.get(caller.userId, id)
    if (kind === 'final')
      throw new ProblemError('forbidden', { detail: 'Nothing can be added to a final upload' })
    using lock = this.#locks.take(id)
    const begun = await sessions.get(caller.userId, id)
    const { offset } = await this.#look(begun)
    if (part.offset !== offset)
      throw new ProblemError('upload_conflict', { headers: { 'upload-offset': String(offset) } })
    if (part.length !== undefined && part.length < offset)
      throw malformed('Upload-Length is less than what has come')
    if (begun.length === undefined) {
      const room = await sessions.findRoom(caller.userId, begun)
      room.require(part.length ?? offset + announcedBytes(part.request))
    }
    const session = await sessions.touch(id, part.length)
    if (part.length !== undefined && part.length !== session.length)
      throw malformed('Upload-Length cannot change')
    const end = await this.#receive(caller, session, part, lock.signal)
    return await this.#settle(caller, { session, offset: end })
  }

  async remove(caller: Caller, id: string): Promise<void> {
    const { sessions } = this.#options
    await sessions.get(caller.userId, id)
    using _lock = await this.#locks.takeOver(id)
    await sessions.remove(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#locks[Symbol.asyncDispose]()
  }

  /** An upload of bytes that the caller may read already: it is whole, and in its file, without any of them. */
  async #createKnown(
    caller: Caller,
    { kind, length, metadata, spaceId }: Omit<NewUpload, 'body'> & Pick<UploadSession, 'spaceId'>,
  ): Promise<UploadStatus | undefined> {
    const { sessions, files } = this.#options
    const sha256 = kind === 'whole' ? parseAnnounced(metadata) : undefined
    if (sha256 === undefined || length === undefined) return undefined
    const content = { sha256, sizeBytes: length }
    if (!(await files.mayRead(caller, content))) return undefined
    const upload = { kind, length, metadata, spaceId, concat: undefined }
    const session = await sessions.createStored(caller.userId, upload, content)
    if (!session) return undefined
    return this.#unlessFailed(session, () => this.#settle(caller, { session, offset: length }))
  }

  /** Nobody has been told of an upload whose first request fails. */
  async #unlessFailed(
    session: UploadSession,
    work: (lock: UploadLock) => Promise<UploadStatus>,
  ): Promise<UploadStatus> {
    using lock = this.#locks.take(session.id)
    try {
      return await work(lock)
    } catch (error) {
      await this.#options.sessions.remove(session.id)
      throw error
    }
  }

  /** A final upload that another request has put together; drops one that it has not. */
  async #settleFinal(caller: Caller, id: string): Promise<UploadStatus | undefined> {
    const { sessions } = this.#options
    using _lock = await this.#locks.takeOver(id)
    const session = await sessions.find(caller.userId, id)
    if (session && session.state !== 'open')
      return await this.#settle(caller, await this.#look(session))
    await sessions.remove(id)
    return undefined
  }

  async #join(
    session: UploadSession,
    parts: readonly UploadStatus[],
    signal: AbortSignal,
  ): Promise<number> {
    const { drafts } = this.#options
    let offset = 0
    for (const part of parts) {
      const bytes = untilAborted(drafts.read(part.session.id), signal)
      offset = await drafts.append(session.id, offset, bytes)
    }
    return offset
  }

  async #findPart(caller: Caller, id: string): Promise<UploadStatus> {
    const session = await this.#options.sessions.get(caller.userId, id)
    const status = await this.#look(session)
    if (session.kind !== 'partial' || status.offset !== session.length)
      throw malformed('Only partial uploads that are whole can be concatenated')
    return status
  }

  async #look(session: UploadSession): Promise<UploadStatus> {
    if (session.state !== 'open') return { session, offset: session.length ?? 0 }
    const draft = await this.#options.drafts.find(session.id)
    if (!draft) throw new ProblemError('upload_conflict')
    return { session, offset: draft.sizeBytes }
  }

  #receive(
    { userId }: Caller,
    session: UploadSession,
    part: UploadPart,
    signal: AbortSignal,
  ): Promise<number> {
    const { receiver, sessions } = this.#options
    if (session.state !== 'open') return receiver.receiveNothing(part)
    const breakOff = () => void part.request.destroy()
    if (signal.aborted) breakOff()
    signal.addEventListener('abort', breakOff, { once: true })
    const { id, length } = session
    return length === undefined
      ? receiver.receiveUnbounded(id, part, () => sessions.findRoom(userId, session))
      : receiver.receive(id, part, length)
  }

  /** An upload that is whole becomes the content of its file. */
  async #settle(caller: Caller, status: UploadStatus): Promise<UploadStatus> {
    const { session, offset } = status
    if (session.kind === 'partial' || session.state === 'filed' || offset !== session.length)
      return status
    const { files, sessions } = this.#options
    const target = parseTarget(session.metadata)
    await files.require(caller, target)
    const content = await this.#store(session)
    const nodeId = await files.put(caller, target, content, async (tx, id) => {
      await sessions.markFiled(tx, session.id, id)
      await sessions.letGo(tx, caller.userId, partsOf(session))
    })
    return { session: { ...session, state: 'filed', nodeId }, offset }
  }

  /** Throws `hash_mismatch` for other bytes than were announced, of which nothing is kept. */
  async #store({ id, sha256, length = 0, metadata }: UploadSession): Promise<ContentName> {
    if (sha256 !== undefined) return { sha256, sizeBytes: length }
    const { drafts, sessions } = this.#options
    const announced = parseAnnounced(metadata)
    try {
      return await drafts.finish(
        id,
        { verify: (name) => requireDigest(announced, name.sha256) },
        (tx, name) => sessions.markStored(tx, id, name.sha256),
      )
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'hash_mismatch') await sessions.remove(id)
      throw error
    }
  }
}

function partsOf({ concat }: UploadSession): readonly string[] {
  const parsed = parseConcat(concat)
  return parsed.kind === 'final' ? parsed.partIds : []
}

async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    if (signal.aborted) throw new ProblemError('unavailable')
    yield bytes
  }
}
