import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { NodeId } from '@cloudsync/protocol'
import {
  DeltaBrokenError,
  findSha256,
  openDelta,
  sha256FromBytes,
  sha256ToBytes,
  type DeltaBase,
  type OpenDelta,
  type Sha256,
} from '@cloudsync/storage'
import type { ContentName } from '#features/contents/index.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { FilesContext } from '../files-context.ts'
import { findVersionOf } from '../versions/version-store.ts'
import { matchesWeakly, parseEntityTags } from './http-preconditions.ts'

export const deltaMediaType = 'application/vnd.cloudsync.delta'
/** The instance manipulation (RFC 3229) by which a client asks for one. */
const deltaManipulation = 'cloudsync-delta'

/** Above it the places of all chunks would take a hundred megabytes. */
const maxDeltaBytes = 64 * 1024 ** 3
/** So much of what is new always goes as a delta, and at most so much. */
const minNewBytes = 64 * 1024 ** 2
const maxNewBytes = 256 * 1024 ** 2

/** Each that a client has costs a look at all chunks of it. */
const maxTags = 4

/** What a delta builds on: a version of the same file, which whoever may read the file may read. */
async function findBase(
  { db }: FilesContext,
  nodeId: NodeId,
  sha256: Sha256,
): Promise<ContentName | undefined> {
  const version = await findVersionOf(db.kysely, nodeId, sha256ToBytes(sha256))
  return version && { sha256, sizeBytes: version.size_bytes }
}

/** Reads a delta that arrives. Throws `base_unknown`, and `bad_request` for one that is broken, here or later. */
export async function receiveDelta(
  context: FilesContext,
  nodeId: NodeId,
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly content: AsyncGenerator<Buffer> } & OpenDelta['header']> {
  const delta = await refusing(openDelta(chunks))
  const base = await findBase(context, nodeId, delta.header.base)
  if (!base) throw new ProblemError('base_unknown')
  return { ...delta.header, content: made(delta.apply(readable(context, base))) }
}

function readable({ contents }: FilesContext, { sha256, sizeBytes }: ContentName): DeltaBase {
  return {
    sizeBytes,
    async *read(start, end) {
      const { body } = await contents.open(sha256, { start, end })
      yield* body as AsyncIterable<Uint8Array>
    },
  }
}

async function* made(content: AsyncGenerator<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    for await (const bytes of content)
      yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  } catch (error) {
    throw asProblem(error)
  }
}

async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asProblem(error)
  }
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof DeltaBrokenError)) return error
  return new ProblemError('bad_request', { detail: error.message, cause: error })
}

export interface DeltaAnswer {
  readonly base: Sha256
  readonly target: Sha256
  readonly body: Readable
  /** Ends the work on it when nobody waits for it any more. */
  readonly abandon: AbortController
}

/**
 * The delta to what a file holds, when a client asks for one (RFC 3229: `A-IM`, and what it has in
 * `If-None-Match`) and has a version of the file; else it gets the whole.
 */
export async function findDelta(
  context: FilesContext,
  request: IncomingMessage,
  node: {
    readonly id: NodeId
    readonly sha256: Uint8Array | null
    readonly size_bytes: number | null
  },
): Promise<DeltaAnswer | undefined> {
  const wanted = String(request.headers['a-im'] ?? '').split(',')
  const isAsked = wanted.some((one) => one.trim().toLowerCase() === deltaManipulation)
  if (!isAsked || request.method !== 'GET' || node.sha256 === null) return undefined
  const known = parseEntityTags(request.headers['if-none-match'])
  if (known?.kind !== 'list') return undefined
  const target = { sha256: sha256FromBytes(node.sha256), sizeBytes: node.size_bytes ?? 0 }
  // What the client has already is answered with 304.
  if (matchesWeakly(known, target.sha256)) return undefined
  for (const { value } of known.tags.slice(0, maxTags)) {
    const sha256 = findSha256(value)
    const base = sha256 && (await findBase(context, node.id, sha256))
    if (!base || !(await isWorthwhile(context, base, target))) continue
    const abandon = new AbortController()
    const delta = context.contents.delta(base, target, abandon.signal)
    return {
      abandon,
      base: base.sha256,
      target: target.sha256,
      body: Readable.from(delta, { objectMode: false }),
    }
  }
  return undefined
}

/**
 * Whether a delta spares more than it costs: each new piece is compressed with what the client has, which takes the
 * processor five times as long as sending it. New is what lies in new chunks: of a database with changes all over it
 * that is all, and a delta spares nearly all of it.
 */
async function isWorthwhile(
  { contents }: FilesContext,
  base: ContentName,
  target: ContentName,
): Promise<boolean> {
  if (base.sizeBytes > maxDeltaBytes || target.sizeBytes > maxDeltaBytes) return false
  const newBytes = await contents.countNewBytes(base.sha256, target.sha256)
  return newBytes <= Math.max(minNewBytes, Math.min(maxNewBytes, target.sizeBytes / 4))
}

/** 226: the client applies it to what it has. A failure breaks the connection, as the end of a delta is marked. */
export async function sendDelta(
  response: ServerResponse,
  { base, target, body, abandon }: DeltaAnswer,
): Promise<void> {
  response.once('close', () => abandon.abort())
  response.statusCode = 226
  response.setHeader('im', deltaManipulation)
  response.setHeader('delta-base', `"${base}"`)
  response.setHeader('etag', `"${target}"`)
  response.setHeader('content-type', deltaMediaType)
  response.setHeader('cache-control', 'private, no-store')
  response.setHeader('x-content-type-options', 'nosniff')
  await pipeline(body, response)
}
