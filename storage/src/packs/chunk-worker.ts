import { createHash, type Hash } from 'node:crypto'
import { flushCompileCache } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { chunkingV1, CutSearch } from '../chunking/chunking.ts'
import { encodeNew, type OldBytes } from '../delta/delta-work.ts'
import { fingerprintsOf } from '../delta/fingerprints.ts'
import type { SealKey } from '../encryption/seal.ts'
import { releaseBytes } from '../release-bytes.ts'
import {
  ChunkDamagedError,
  hashChunk,
  maxSealedBytes,
  sealChunkInto,
  unsealChunk,
  type ChunkForm,
} from './chunk-codec.ts'

/** What the worker is asked. Buffers are handed over. */
export type ChunkJob =
  | { readonly kind: 'open'; readonly stream: number; readonly hashesWhole: boolean }
  | {
      readonly kind: 'scan'
      readonly stream: number
      /** Counted from 0. What it leaves over is kept until the scan after the next. */
      readonly scan: number
      /** Not copied where their buffer has room before them for what the scan before has left over. */
      readonly bytes: Uint8Array<ArrayBuffer>
      readonly isLast: boolean
    }
  | {
      readonly kind: 'seal'
      /** Of any stream, and of none in this thread. */
      readonly bytes: ArrayBuffer
      readonly chunks: readonly FoundChunk[]
      readonly dataKey: SealKey
      /** That of an answer before, to be used again. */
      readonly spent: ArrayBuffer | undefined
    }
  | { readonly kind: 'rest'; readonly stream: number; readonly scan: number }
  | { readonly kind: 'whole'; readonly stream: number }
  | { readonly kind: 'close'; readonly stream: number }
  | { readonly kind: 'fingerprint'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'encode-new'
      readonly plain: Uint8Array
      readonly old: OldBytes | undefined
    }
  | {
      readonly kind: 'unseal'
      /** Of what is read whole: its bytes are hashed too, in the order of the calls. */
      readonly stream: number | undefined
      /** The sealed chunks, one behind the other. */
      readonly sealed: Uint8Array<ArrayBuffer>
      readonly parts: readonly UnsealPart[]
    }

export interface UnsealPart extends ChunkForm {
  readonly sealedBytes: number
  readonly dataKey: SealKey
}

/** A chunk that a scan has found. */
export interface ScannedChunk {
  readonly hash: Uint8Array
  readonly plainBytes: number
}

/** … and where it begins in the buffer of the scan. */
export interface FoundChunk extends ScannedChunk {
  readonly at: number
}

export interface Scan {
  readonly chunks: readonly FoundChunk[]
  /** In which they are: the one that was handed over, where there was room. */
  readonly bytes: ArrayBuffer
}

/** Sealed chunks, one behind the other from the beginning of `slab`. */
export interface Sealing {
  readonly chunks: readonly (ChunkForm & { readonly sealedBytes: number })[]
  readonly slab: ArrayBuffer
  /** The buffer of the plain bytes, handed back. */
  readonly bytes: ArrayBuffer
}

export type ChunkAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string; readonly damaged?: Uint8Array }

type ScanJob = Extract<ChunkJob, { kind: 'scan' }>
type SealJob = Extract<ChunkJob, { kind: 'seal' }>

/** The state of one content that is being taken in. */
interface Stream {
  readonly whole: Hash | undefined
  readonly search: CutSearch
  /** What the last two scans have not cut, in turns. */
  readonly rests: readonly [Rest, Rest]
}

class Rest {
  /** Made for the first: what is only read leaves none over. */
  #room: Uint8Array<ArrayBuffer> | undefined
  #scan = -1
  #bytes = new Uint8Array()

  /** Throws where it is that of another scan. */
  of(scan: number): Uint8Array {
    if (scan !== this.#scan) throw new Error('There is no such scan')
    return this.#bytes
  }

  set(scan: number, bytes: Uint8Array): void {
    this.#room ??= new Uint8Array(chunkingV1.maxBytes)
    this.#room.set(bytes)
    this.#scan = scan
    this.#bytes = this.#room.subarray(0, bytes.byteLength)
  }

  release(): void {
    this.#room?.buffer.transfer(0)
  }
}

const streams = new Map<number, Stream>()

function run(job: ChunkJob): unknown {
  switch (job.kind) {
    case 'open':
      streams.set(job.stream, newStream(job))
      return undefined
    case 'scan':
      return scan(streamOf(job.stream), job)
    case 'seal':
      return sealFound(job)
    case 'rest':
      return restAt(streamOf(job.stream), job.scan).of(job.scan).slice()
    case 'whole':
      return streamOf(job.stream).whole?.copy().digest('hex')
    case 'close':
      for (const rest of streamOf(job.stream).rests) rest.release()
      return streams.delete(job.stream)
    case 'fingerprint':
      return fingerprintsOf(job.bytes)
    case 'encode-new':
      return encodeNew(job.plain, job.old)
    case 'unseal': {
      const plain = unsealAll(job.sealed, job.parts)
      if (job.stream !== undefined) streamOf(job.stream).whole?.update(plain)
      return plain
    }
  }
}

function newStream({ hashesWhole }: Extract<ChunkJob, { kind: 'open' }>): Stream {
  return {
    whole: hashesWhole ? createHash('sha256') : undefined,
    search: new CutSearch(),
    rests: [new Rest(), new Rest()],
  }
}

function restAt({ rests }: Stream, scan: number): Rest {
  return scan % 2 === 0 ? rests[0] : rests[1]
}

function streamOf(id: number): Stream {
  const stream = streams.get(id)
  if (!stream) throw new Error('There is no such stream')
  return stream
}

function scan(stream: Stream, { scan: number, bytes, isLast }: ScanJob): Scan {
  stream.whole?.update(bytes)
  const before = number === 0 ? new Uint8Array() : restAt(stream, number - 1).of(number - 1)
  const all = joined(before, bytes)
  const chunks: FoundChunk[] = []
  let start = 0
  let from = before.byteLength
  while (start < all.byteLength) {
    const cut = stream.search.advance(all, from, all.byteLength)
    if (cut === undefined && !isLast) break
    const plain = all.subarray(start, cut)
    chunks.push({ hash: hashChunk(plain), plainBytes: plain.byteLength, at: plain.byteOffset })
    start = from = cut ?? all.byteLength
  }
  restAt(stream, number).set(number, all.subarray(start))
  return { chunks, bytes: all.buffer }
}

/** `bytes` with `rest` before them: in their own buffer, where it has room. */
function joined(rest: Uint8Array, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const length = rest.byteLength + bytes.byteLength
  const start = bytes.byteOffset - rest.byteLength
  const hasRoom = start >= 0
  const all = hasRoom ? new Uint8Array(bytes.buffer, start, length) : new Uint8Array(length)
  all.set(rest)
  if (hasRoom) return all
  all.set(bytes, rest.byteLength)
  bytes.buffer.transfer(0)
  return all
}

/** Of one size in one stream, mostly: used again and again, a slab costs no memory and no page twice. */
const slabBytes = 3 * 1024 * 1024 + 4096

function sealFound({ bytes, chunks: found, dataKey, spent }: SealJob): Sealing {
  const room = found.reduce((sum, { plainBytes }) => sum + maxSealedBytes(plainBytes), 0)
  const slab =
    spent && spent.byteLength >= room ? spent : new ArrayBuffer(Math.max(slabBytes, room))
  let used = 0
  const take = (sizeBytes: number) => new Uint8Array(slab, used, sizeBytes)
  const chunks = found.map(({ hash, plainBytes, at }) => {
    const plain = new Uint8Array(bytes, at, plainBytes)
    const { sealed, ...form } = sealChunkInto(plain, hash, dataKey, take)
    used += sealed.byteLength
    return { ...form, sealedBytes: sealed.byteLength }
  })
  return { chunks, slab, bytes }
}

function unsealAll(sealed: Uint8Array, parts: readonly UnsealPart[]): Uint8Array {
  // Overwritten whole: nothing has to be cleared.
  const plain = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.plainBytes, 0))
  let from = 0
  let to = 0
  for (const part of parts) {
    const bytes = sealed.subarray(from, from + part.sealedBytes)
    const chunk = unsealChunk(bytes, part, part.dataKey)
    plain.set(chunk, to)
    releaseBytes(chunk)
    from += part.sealedBytes
    to += part.plainBytes
  }
  releaseBytes(sealed)
  return plain
}

/** Buffers that the answer may hand over, because nothing else looks at them. */
function transferOf(value: unknown): ArrayBuffer[] {
  if (value instanceof Uint8Array) return ownBuffer(value)
  if (typeof value !== 'object' || value === null) return []
  if ('slab' in value) return [(value as Sealing).slab, (value as Sealing).bytes]
  return 'bytes' in value ? [(value as Scan).bytes] : []
}

/** None of the pool that small Buffers share. */
function ownBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}

// The next thread starts faster, also where this one is killed.
flushCompileCache()

const port = parentPort
if (!port) throw new Error('It runs as a worker')
port.on('message', ({ id, job }: { readonly id: number; readonly job: ChunkJob }) => {
  try {
    const value = run(job)
    port.postMessage({ id, value } satisfies ChunkAnswer, transferOf(value))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const damaged = error instanceof ChunkDamagedError ? { damaged: error.hash } : {}
    port.postMessage({ id, error: message, ...damaged } satisfies ChunkAnswer)
  }
})
