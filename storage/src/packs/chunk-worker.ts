import { createHash, type Hash } from 'node:crypto'
import { flushCompileCache } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { CutSearch } from '../chunking/chunking.ts'
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
      /** Counted from 0. Its outcome is kept until the scan after the next. */
      readonly scan: number
      /** Not copied where their buffer has room before them for what the scan before has left over. */
      readonly bytes: Uint8Array<ArrayBuffer>
      readonly isLast: boolean
    }
  | {
      readonly kind: 'seal'
      readonly stream: number
      readonly scan: number
      /** Places in the answer of the scan. */
      readonly wanted: readonly number[]
      readonly dataKey: SealKey
      /** That of the answer before, to be used again. */
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

export interface Scan {
  readonly chunks: readonly ScannedChunk[]
  /** A buffer that was handed over, of the scan before the last, to be used again. */
  readonly spent: ArrayBuffer | undefined
}

/** Sealed chunks, one behind the other from the beginning of `slab`. */
export interface Sealing {
  readonly chunks: readonly (ChunkForm & { readonly sealedBytes: number })[]
  readonly slab: ArrayBuffer
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
  /** The outcomes of the last two scans, each in the buffer that was handed over for it. */
  readonly scanned: Map<number, Scanned>
}

interface Scanned {
  readonly chunks: readonly { readonly hash: Uint8Array; readonly plain: Uint8Array }[]
  /** What is not cut yet: less than the largest chunk. */
  readonly rest: Uint8Array<ArrayBuffer>
}

const streams = new Map<number, Stream>()

function run(job: ChunkJob): unknown {
  switch (job.kind) {
    case 'open': {
      const whole = job.hashesWhole ? createHash('sha256') : undefined
      streams.set(job.stream, { whole, search: new CutSearch(), scanned: new Map() })
      return undefined
    }
    case 'scan':
      return scan(streamOf(job.stream), job)
    case 'seal':
      return sealWanted(streamOf(job.stream), job)
    case 'rest':
      return Uint8Array.from(scannedOf(streamOf(job.stream), job.scan).rest)
    case 'whole':
      return streamOf(job.stream).whole?.copy().digest('hex')
    case 'close':
      for (const { rest } of streamOf(job.stream).scanned.values()) rest.buffer.transfer(0)
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

function streamOf(id: number): Stream {
  const stream = streams.get(id)
  if (!stream) throw new Error('There is no such stream')
  return stream
}

function scannedOf(stream: Stream, scan: number): Scanned {
  const scanned = stream.scanned.get(scan)
  if (!scanned) throw new Error('There is no such scan')
  return scanned
}

function scan(stream: Stream, { scan: number, bytes, isLast }: ScanJob): Scan {
  stream.whole?.update(bytes)
  const { rest, spent } = takeRest(stream, number)
  const all = joined(rest, bytes)
  const chunks: { hash: Uint8Array; plain: Uint8Array }[] = []
  let start = 0
  let from = rest.byteLength
  while (start < all.byteLength) {
    const cut = stream.search.advance(all, from, all.byteLength)
    if (cut === undefined && !isLast) break
    const plain = all.subarray(start, cut)
    chunks.push({ hash: hashChunk(plain), plain })
    start = from = cut ?? all.byteLength
  }
  stream.scanned.set(number, { chunks, rest: all.subarray(start) })
  return {
    chunks: chunks.map(({ hash, plain }) => ({ hash, plainBytes: plain.byteLength })),
    spent,
  }
}

/** What the scan before has left over, and the buffer of the one before that, which is forgotten. */
function takeRest({ scanned }: Stream, scan: number) {
  const rest = scanned.get(scan - 1)?.rest ?? new Uint8Array()
  const spent = scanned.get(scan - 2)?.rest.buffer
  scanned.delete(scan - 2)
  return { rest, spent }
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

function sealWanted(stream: Stream, { scan, wanted, dataKey, spent }: SealJob): Sealing {
  const { chunks: found } = scannedOf(stream, scan)
  const chosen = wanted.map((place) => {
    const chunk = found[place]
    if (!chunk) throw new Error('There is no such chunk')
    return chunk
  })
  const room = chosen.reduce((sum, { plain }) => sum + maxSealedBytes(plain.byteLength), 0)
  const slab =
    spent && spent.byteLength >= room ? spent : new ArrayBuffer(Math.max(slabBytes, room))
  let at = 0
  const take = (sizeBytes: number) => new Uint8Array(slab, at, sizeBytes)
  const chunks = chosen.map(({ plain, hash }) => {
    const { sealed, ...form } = sealChunkInto(plain, hash, dataKey, take)
    at += sealed.byteLength
    return { ...form, sealedBytes: sealed.byteLength }
  })
  return { chunks, slab }
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
  if ('spent' in value) return value.spent instanceof ArrayBuffer ? [value.spent] : []
  return 'slab' in value ? [(value as Sealing).slab] : []
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
