import { createHash, hash } from 'node:crypto'
import type { NodeId } from '@cloudsync/protocol'
import { openDelta } from '@cloudsync/storage/delta'
import { NetworkError, type ContentAnswer } from '../../sdk/index.ts'
import type { ContentName } from '../model/entry.ts'
import { RemoteError } from '../model/failures.ts'
import type { DiskPath, RemoteOutcome } from '../ports.ts'
import { ChunkTap, minDeltaBytes } from './file-uploads.ts'
import type { RemoteContext } from './remote-context.ts'
import { SmallDownloads } from './small-downloads.ts'
import { asOutcome, orRemoteError } from './remote-failures.ts'
import type { LocalFile } from './remote-stores.ts'

export interface LocalBase {
  readonly path: DiskPath
  readonly sha256: ContentName
}

export type Downloaded = RemoteOutcome<{
  content: AsyncIterable<Uint8Array>
  sha256: ContentName
}>

const isSha256 = (name: ContentName) => /^[0-9a-f]{64}$/.test(name)
/** In a row, without a byte in between. */
const maxFailures = 5

/** The bytes of files, by what is there already; each ends regularly only when it is what it should be. */
export class FileDownloads {
  readonly #context: RemoteContext
  /** Deltas that did not give what they should: the base is not what it was said to be. */
  readonly #spoilt = new Set<string>()

  readonly #small: SmallDownloads

  constructor(context: RemoteContext) {
    this.#context = context
    this.#small = new SmallDownloads(context)
  }

  /** `stale` where the file holds something else by now. Iterate the content once, or not at all. */
  async download(id: NodeId, content: ContentName, base?: LocalBase): Promise<Downloaded> {
    const sizeBytes = this.#context.knownEntry(id)?.sizeBytes
    // Of so few bytes a delta would spare nothing.
    if (typeof sizeBytes === 'number' && sizeBytes < minDeltaBytes)
      return this.#downloadSmall(id, content, sizeBytes)
    return this.#downloadLarge(id, content, base)
  }

  async #downloadSmall(id: NodeId, content: ContentName, sizeBytes: number): Promise<Downloaded> {
    const outcome = await this.#small.read(id, sizeBytes)
    if (outcome.kind !== 'done') return outcome
    const { etag, bytes } = outcome.value
    if (etag !== content) return { kind: 'stale' }
    const sha256 = hash('sha256', bytes)
    if (isSha256(content) && sha256 !== content)
      throw new RemoteError('hash_mismatch', 'Other bytes came than the file holds')
    return { kind: 'done', value: { content: once(bytes), sha256 } }
  }

  async #downloadLarge(id: NodeId, content: ContentName, base?: LocalBase): Promise<Downloaded> {
    const isBlob = isSha256(content)
    const usable =
      isBlob && base && isSha256(base.sha256) && !this.#spoilt.has(keyOf(content, base))
    const local = usable ? await this.#openBase(base.path) : undefined
    const known = local && base ? [base.sha256] : []
    const outcome = await asOutcome(() =>
      this.#context.client.content.get(id, { known, acceptsDelta: known.length > 0 }),
    )
    if (outcome.kind !== 'done') {
      await local?.[Symbol.asyncDispose]()
      return outcome
    }
    const answer = outcome.value
    if (answer.etag !== content) {
      if ('body' in answer) await answer.body.cancel()
      await local?.[Symbol.asyncDispose]()
      return { kind: 'stale' }
    }
    if (!isBlob) return readText(answer)
    return {
      kind: 'done',
      value: { content: this.#stream(id, answer, { local, base }), sha256: content },
    }
  }

  /** `undefined` where a delta on it would spare nothing. */
  async #openBase(path: DiskPath): Promise<LocalFile | undefined> {
    const local = await this.#context.openLocalFile(path)
    if (!local || local.sizeBytes >= minDeltaBytes) return local
    await local[Symbol.asyncDispose]()
    return undefined
  }

  async *#stream(
    id: NodeId,
    answer: ContentAnswer,
    {
      local,
      base,
    }: { readonly local: LocalFile | undefined; readonly base: LocalBase | undefined },
  ): AsyncGenerator<Uint8Array, void> {
    const { etag } = answer
    try {
      const pieces = this.#pieces(id, answer, local)
      yield* this.#checked(pieces, etag, answer.kind === 'whole' ? answer.sizeBytes : undefined)
    } catch (error) {
      if (!base || answer.kind === 'whole' || isOfNetwork(error)) throw error
      // What came over the wire is right, so that it is the file that is not what it was.
      this.#spoilt.add(keyOf(etag, base))
      const detail = 'The local file is not what it was'
      throw new RemoteError('base_changed', detail, undefined, error)
    } finally {
      await local?.[Symbol.asyncDispose]()
    }
  }

  #pieces(
    id: NodeId,
    answer: ContentAnswer,
    local: LocalFile | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    switch (answer.kind) {
      case 'whole':
        return this.#resuming(id, answer)
      case 'delta':
        return applyDelta(answer.body, local)
      case 'unchanged':
        return readAll(local)
      case 'part':
        throw new RemoteError('broken_off', 'A part came that was not asked for')
    }
  }

  /** Over lines that break: goes on where it was. */
  async *#resuming(
    id: NodeId,
    answer: Extract<ContentAnswer, { kind: 'whole' }>,
  ): AsyncGenerator<Uint8Array, void> {
    let receivedBytes = 0
    let { body } = answer
    for (let failures = 0; ;) {
      try {
        for await (const piece of body) {
          receivedBytes += piece.byteLength
          failures = 0
          yield piece
        }
        return
      } catch (error) {
        if (!(error instanceof NetworkError) || ++failures >= maxFailures)
          throw await rejected(error)
        const options = { range: { start: receivedBytes }, rangeOf: answer.etag }
        const rest = await orRemoteError(() => this.#context.client.content.get(id, options))
        if (rest.kind !== 'part' || rest.start !== receivedBytes || rest.etag !== answer.etag) {
          if ('body' in rest) await rest.body.cancel()
          throw new RemoteError('broken_off', 'The file was replaced while it was read')
        }
        body = rest.body
      }
    }
  }

  async *#checked(
    pieces: AsyncIterable<Uint8Array>,
    sha256: ContentName,
    sizeBytes: number | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    const hash = createHash('sha256')
    const tap =
      sizeBytes !== undefined && sizeBytes >= minDeltaBytes ? new ChunkTap(sizeBytes) : undefined
    let position = 0
    for await (const piece of pieces) {
      hash.update(piece)
      tap?.see(piece, position)
      position += piece.byteLength
      yield piece
    }
    if (hash.digest('hex') !== sha256)
      throw new RemoteError('hash_mismatch', 'Other bytes came than the file holds')
    const list = tap?.finish()
    if (list) await this.#context.chunkLists.put(sha256, list.encode())
  }
}

/** Anything else went wrong here, by the local file. */
function isOfNetwork(error: unknown): boolean {
  return error instanceof RemoteError && error.code !== 'hash_mismatch'
}

const keyOf = (content: ContentName, { sha256 }: LocalBase) => `${sha256} ${content}`

async function readText(answer: ContentAnswer): Promise<Downloaded> {
  if (answer.kind !== 'whole') throw new RemoteError('broken_off', 'The whole was asked for')
  const bytes = await orRemoteError(() => answer.body.bytes())
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { kind: 'done', value: { content: once(bytes), sha256 } }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes
}

async function* applyDelta(
  body: AsyncIterable<Uint8Array>,
  local: LocalFile | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (!local) throw new RemoteError('broken_off', 'A delta came that was not asked for')
  const delta = await openDelta(remoteErrors(body))
  yield* delta.apply(local)
}

async function* readAll(local: LocalFile | undefined): AsyncGenerator<Uint8Array, void> {
  if (!local) throw new RemoteError('broken_off', 'Nothing came')
  yield* local.read(0, local.sizeBytes)
}

async function* remoteErrors(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body
  } catch (error) {
    throw await rejected(error)
  }
}

/** The error as a caller of the port is to see it. */
function rejected(error: unknown): Promise<unknown> {
  return orRemoteError(() => Promise.reject(error)).catch((mapped: unknown) => mapped)
}
