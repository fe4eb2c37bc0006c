import { createHash, hash } from 'node:crypto'
import { maxBatchBytes, maxBatchFiles, type FileMode, type Node } from '@cloudsync/protocol'
import { type SmallFile, type UploadTarget } from '../../sdk/index.ts'
import type { RemoteEntry } from '../model/entry.ts'
import type { RemoteFile, RemoteOutcome, RemotePlace, RemoteSent } from '../ports.ts'
import { FineChunker, averageBitsFor, scanContent } from './fine-chunks.ts'
import { describeNode, describeNodes, type RemoteContext } from './remote-context.ts'
import { asOutcome, outcomeOfProblem } from './remote-failures.ts'
import { isLocalFailure, SequentialSource } from './sequential-source.ts'

export type NewRemoteFile = RemoteFile & RemotePlace
type Uploaded = RemoteOutcome<RemoteSent>

/** Larger ones go by themselves: they can be known by their hash, and go on where they broke off. */
export const maxBatchedBytes = 1024 * 1024
const partBytes = 16 * 1024 * 1024
const readsAtATime = 16
/** Of smaller ones a change is sent whole. */
export const minDeltaBytes = 64 * 1024

/** One outcome each, in their order. Throws `RemoteError`: nobody knows of any of them then. */
export async function uploadFiles(
  context: RemoteContext,
  files: readonly NewRemoteFile[],
): Promise<readonly Uploaded[]> {
  const outcomes = new Map<NewRemoteFile, Uploaded>()
  const modes = new Map<NewRemoteFile, FileMode>()
  for (const file of files) {
    const mode = await context.modes.of(file)
    if (mode === 'refused') outcomes.set(file, linkRefused)
    else if (mode) modes.set(file, mode)
  }
  const sent = files.filter((file) => !outcomes.has(file))
  const small = sent.filter(({ sizeBytes }) => sizeBytes <= maxBatchedBytes)
  for (const batch of batchesOf(small)) {
    const found = await context.batches.run(() => uploadBatch(context, batch, modes))
    for (const [file, outcome] of found) outcomes.set(file, outcome)
  }
  for (const file of sent) {
    if (outcomes.has(file)) continue
    const { id, parentId, name } = file
    const mode = modes.get(file)
    const target = { id, parentId, name, ifTaken: 'fail', ...(mode && { mode }) } as const
    outcomes.set(file, await uploadLarge(context, file, target))
  }
  return files.map((file) => outcomes.get(file) as Uploaded)
}

const linkRefused: Uploaded = {
  kind: 'refused',
  code: 'links_unknown',
  detail: 'the server is of a version that keeps no symbolic links',
}

function* batchesOf(files: readonly NewRemoteFile[]): Generator<NewRemoteFile[]> {
  let batch: NewRemoteFile[] = []
  let bytes = 0
  for (const file of files) {
    if (batch.length === maxBatchFiles || bytes + file.sizeBytes > maxBatchBytes) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(file)
    bytes += file.sizeBytes
  }
  if (batch.length > 0) yield batch
}

async function uploadBatch(
  context: RemoteContext,
  batch: readonly NewRemoteFile[],
  modes: ReadonlyMap<NewRemoteFile, FileMode>,
): Promise<ReadonlyMap<NewRemoteFile, Uploaded>> {
  const outcomes = new Map<NewRemoteFile, Uploaded>()
  const read: { readonly file: NewRemoteFile; readonly small: SmallFile }[] = []
  for (let start = 0; start < batch.length; start += readsAtATime) {
    const some = batch.slice(start, start + readsAtATime)
    const contents = await Promise.all(some.map(readChecked))
    for (const [index, file] of some.entries()) {
      const content = contents[index]
      const { id, parentId, name } = file
      const mode = modes.get(file)
      const small = { id, parentId, name, ifTaken: 'fail', ...(mode && { mode }) } as const
      if (content) read.push({ file, small: { ...small, content } })
      else outcomes.set(file, { kind: 'stale' })
    }
  }
  if (read.length === 0) return outcomes
  const sent = await asOutcome(async () => {
    const { results } = await context.client.nodes.createFiles(read.map(({ small }) => small))
    const nodes = results.flatMap((result) => (result.ok ? [result.node] : []))
    return { results, entries: await describeNodes(context, nodes) }
  })
  for (const [index, { file, small }] of read.entries()) {
    if (sent.kind !== 'done') {
      outcomes.set(file, sent)
      continue
    }
    const result = sent.value.results[index]
    if (result?.ok !== true) {
      outcomes.set(file, result ? outcomeOfProblem(result.problem) : { kind: 'stale' })
      continue
    }
    const entry = sent.value.entries.get(result.node.id)
    outcomes.set(file, entry ? { kind: 'done', value: sentAs(file, entry) } : { kind: 'stale' })
    if (entry && !entry.isText) await rememberBytes(context, file, small.content as Uint8Array)
  }
  return outcomes
}

async function rememberBytes(
  { chunkLists }: RemoteContext,
  { sha256, sizeBytes }: RemoteFile,
  bytes: Uint8Array,
): Promise<void> {
  if (sizeBytes < minDeltaBytes) return
  const chunker = new FineChunker(averageBitsFor(sizeBytes))
  chunker.push(bytes)
  await chunkLists.put(sha256, chunker.finish().encode())
}

/** The bytes of a file that fits in memory; `undefined` where they are others than was said. */
export async function readChecked(file: RemoteFile): Promise<Uint8Array | undefined> {
  const { content, sizeBytes, sha256 } = file
  if (file.bytes) return file.bytes
  try {
    await using source = new SequentialSource(content, sizeBytes)
    const bytes = await source.bytes(0, sizeBytes)
    return hash('sha256', bytes) === sha256 ? bytes : undefined
  } catch (error) {
    if (isLocalFailure(error)) return undefined
    throw error
  }
}

/**
 * By tus, with the hash first: what the caller may read already is not sent. Its address is kept as long as it has not
 * ended, so that it goes on after a crash.
 */
export async function uploadLarge(
  context: RemoteContext,
  file: RemoteFile,
  target: UploadTarget,
): Promise<Uploaded> {
  const { client, uploadUrls } = context
  const { sha256, sizeBytes } = file
  const key = createHash('sha256')
    .update(JSON.stringify([target, sha256]))
    .digest('hex')
  const tap = new ChunkTap(sizeBytes)
  await using source = new SequentialSource(file.content, sizeBytes, tap.see)
  let node: Node
  try {
    const outcome = await asOutcome(async () => {
      const { nodeId } = await client.uploads.upload(
        { sizeBytes, read: (start, end) => source.read(start, end) },
        target,
        {
          sha256,
          uploadUrl: uploadUrls.find(key),
          onStarted: (url) => uploadUrls.put(key, url),
          partBytes,
          signal: source.signal,
        },
      )
      return client.nodes.get(nodeId)
    })
    if (outcome.kind !== 'done') {
      uploadUrls.remove(key)
      return isChange(outcome) ? { kind: 'stale' } : outcome
    }
    node = outcome.value
  } catch (error) {
    if (!isLocalFailure(error)) throw error
    return { kind: 'stale' }
  }
  const entry = await asOutcome(() => describeNode(context, node))
  if (entry.kind !== 'done') return entry
  await rememberContent(context, file, tap)
  uploadUrls.remove(key)
  return { kind: 'done', value: sentAs(file, entry.value) }
}

/**
 * A text in which nobody has typed yet has the name that it began with (`docs/sync-api.md`). Of so few bytes that they may
 * be none but a byte order mark nobody can tell which that was, unless it is that of an empty text.
 */
function sentAs({ sizeBytes }: RemoteFile, entry: RemoteEntry): RemoteSent {
  const first = sizeBytes > 3 ? '1.1' : '1.0'
  const isAsMade = entry.content?.split('-')[0] === first
  return { entry, made: entry.isText && isAsMade ? entry.content : undefined }
}

/** Other bytes came than were said: the file has changed on the disk meanwhile. */
function isChange(outcome: RemoteOutcome<unknown>): boolean {
  return outcome.kind === 'refused' && outcome.code === 'hash_mismatch'
}

async function rememberContent(
  { chunkLists }: RemoteContext,
  { sha256, sizeBytes, content }: RemoteFile,
  tap: ChunkTap,
): Promise<void> {
  if (sizeBytes < minDeltaBytes || (await chunkLists.find(sha256))) return
  const list = tap.finish() ?? (await scanContent(content, averageBitsFor(sizeBytes)))
  await chunkLists.put(sha256, list.encode())
}

/** Cuts what goes by, if all of it does. */
export class ChunkTap {
  readonly #sizeBytes: number
  readonly #chunker: FineChunker
  #seenBytes = 0

  constructor(sizeBytes: number, averageBits = averageBitsFor(sizeBytes)) {
    this.#sizeBytes = sizeBytes
    this.#chunker = new FineChunker(averageBits)
  }

  /** What was seen before is passed over. */
  readonly see = (piece: Uint8Array, position: number): void => {
    if (position !== this.#seenBytes) return
    this.#seenBytes += piece.byteLength
    this.#chunker.push(piece)
  }

  /** `undefined` where not all of it went by. */
  finish() {
    return this.#seenBytes === this.#sizeBytes ? this.#chunker.finish() : undefined
  }
}
