import type { ManifestEntry } from '../packs/manifest-page.ts'
import type { Sha256 } from '../sha256.ts'
import { compress, compressWithBase } from '../zstd.ts'
import {
  encodeCopy,
  encodedEnd,
  encodeDeltaHeader,
  encodeRaw,
  encodeZstd,
  encodeZstdWithBase,
  maxDictionaryBytes,
} from './delta-format.ts'

/** A content of which the chunks are known, and any part can be read. */
export interface ChunkedContent {
  readonly sha256: Sha256
  readonly sizeBytes: number
  readonly chunks: AsyncIterable<ManifestEntry> | Iterable<ManifestEntry>
  /** The bytes from `start` up to and without `end`. */
  read(start: number, end: number): Promise<Uint8Array>
}

interface Range {
  readonly start: number
  readonly end: number
}

/** On either side of where a new piece belongs; what was there before the edit lies in it. */
const neighbourBytes = 128 * 1024

/**
 * The delta that makes `target` from `base`, piece by piece. Chunks that both have are copied; a new one is
 * compressed with what lies at its place in the base as its dictionary.
 */
export async function* makeDelta(
  base: ChunkedContent,
  target: ChunkedContent,
  encode: EncodeNew = async (plain, near) => encodeNew(plain, near),
): AsyncGenerator<Uint8Array> {
  yield encodeDeltaHeader({
    base: base.sha256,
    target: target.sha256,
    sizeBytes: target.sizeBytes,
  })
  const places = await placesOf(base)
  let copy: Range | undefined
  /** Where the base goes on after what was copied last. */
  let basePosition = 0
  let position = 0
  for await (const { hash, plainBytes } of target.chunks) {
    const start = findPlace(places, hash, basePosition)
    if (start !== undefined && copy?.end === start) {
      copy = { start: copy.start, end: start + plainBytes }
    } else {
      if (copy) yield encodeCopy(copy.start, copy.end - copy.start)
      copy = start === undefined ? undefined : { start, end: start + plainBytes }
      if (!copy) {
        const plain = await target.read(position, position + plainBytes)
        yield await encode(plain, await neighbourhood(base, basePosition, plainBytes))
      }
    }
    // A new chunk stands for about as much of the base.
    basePosition = copy ? copy.end : Math.min(base.sizeBytes, basePosition + plainBytes)
    position += plainBytes
  }
  if (copy) yield encodeCopy(copy.start, copy.end - copy.start)
  yield encodedEnd
}

/** Where each chunk lies in a content, by its hash in hex. */
async function placesOf({ chunks }: ChunkedContent): Promise<Map<string, number[]>> {
  const places = new Map<string, number[]>()
  let position = 0
  for await (const { hash, plainBytes } of chunks) {
    const name = Buffer.from(hash).toString('hex')
    const known = places.get(name)
    if (!known) places.set(name, [position])
    // Of what is repeated thousands of times, some places are enough.
    else if (known.length < 16) known.push(position)
    position += plainBytes
  }
  return places
}

/** A place of a chunk in the base, best the one where the last copy ended: then both are one. */
function findPlace(
  places: ReadonlyMap<string, readonly number[]>,
  hash: Uint8Array,
  wanted: number,
): number | undefined {
  const known = places.get(Buffer.from(hash).toString('hex'))
  return known?.find((start) => start === wanted) ?? known?.[0]
}

/** What lies in the base where a new piece belongs. */
export interface Neighbourhood {
  readonly start: number
  readonly bytes: Uint8Array
}

async function neighbourhood(
  base: ChunkedContent,
  position: number,
  plainBytes: number,
): Promise<Neighbourhood> {
  const start = Math.max(0, position - neighbourBytes)
  const end = Math.min(
    base.sizeBytes,
    position + plainBytes + neighbourBytes,
    start + maxDictionaryBytes,
  )
  return { start, bytes: end > start ? await base.read(start, end) : new Uint8Array() }
}

/** How a new piece goes into a delta; elsewhere perhaps, as it takes the processor for up to 30 ms. */
export type EncodeNew = (plain: Uint8Array, near: Neighbourhood) => Promise<Uint8Array>

/** The shortest form. */
export function encodeNew(plain: Uint8Array, { start, bytes }: Neighbourhood): Uint8Array {
  const alone = compress(plain)
  const withBase = bytes.byteLength > 0 ? compressWithBase(plain, bytes) : undefined
  const best = alone ? encodeZstd(plain.byteLength, alone) : encodeRaw(plain)
  if (!withBase) return best
  const other = encodeZstdWithBase(plain.byteLength, withBase, { start, length: bytes.byteLength })
  return other.byteLength < best.byteLength ? other : best
}
