import { seal, SealBrokenError, unseal, deriveSealKey, type SealKey } from '../encryption/seal.ts'
import type { BlobSource } from '../blob-store.ts'
import { chunkCodecs, type ChunkCodec, type ChunkForm, type SealedChunk } from './chunk-codec.ts'

/**
 * A pack, version 1: many chunks in one object of the store.
 *
 *     offset  bytes
 *     0       4     magic: 'C' 'S' 'P' 'K'
 *     4       1     format version: 1
 *     5       3     zero
 *     8       4     id of the data key under which all in it is sealed, unsigned, big-endian
 *     12      …     the sealed chunks, one behind the other (`chunk-codec.ts`)
 *     …       …     the sealed directory (`seal.ts`), its key derived for `pack:<id of the pack>`
 *     end−8   4     size of the sealed directory, unsigned, big-endian
 *     end−4   4     magic: 'C' 'S' 'P' 'D'
 *
 * The directory has 45 bytes for each chunk, in the order in which they lie: SHA-256 of the plain bytes (32),
 * codec (1), plain size (4), start in the pack (4), sealed size (4), unsigned and big-endian. The database
 * knows all that is in it; with it the store and the keys alone are enough to know what there is.
 */
export const packHeaderBytes = 12
const trailerBytes = 8
const pieceBytes = 64 * 1024
const entryBytes = 45
const formatVersion = 1
const headMagic = Buffer.from('CSPK', 'latin1')
const tailMagic = Buffer.from('CSPD', 'latin1')

/** A chunk in a pack. */
export interface PackEntry extends ChunkForm {
  /** Of its sealed bytes, from the beginning of the pack. */
  readonly start: number
  readonly sealedBytes: number
}

export interface EncodedPack {
  readonly body: BlobSource
  readonly entries: readonly PackEntry[]
}

/** The bytes are no pack, or no whole one. */
export class PackDamagedError extends Error {
  override readonly name = 'PackDamagedError'
}

export function encodePack(
  packId: string,
  chunks: readonly SealedChunk[],
  dataKey: { readonly id: number; readonly key: SealKey },
): EncodedPack {
  let start = packHeaderBytes
  const entries = chunks.map(({ sealed, ...form }) => {
    const entry = { ...form, start, sealedBytes: sealed.byteLength }
    start += sealed.byteLength
    return entry
  })
  const directory = seal(directoryKey(packId, dataKey.key), encodeDirectory(entries), headMagic)
  const header = Buffer.alloc(packHeaderBytes)
  headMagic.copy(header)
  header[4] = formatVersion
  header.writeUInt32BE(dataKey.id, 8)
  const trailer = Buffer.alloc(trailerBytes)
  trailer.writeUInt32BE(directory.byteLength)
  tailMagic.copy(trailer, 4)
  const parts = [header, ...joined(chunks.map((chunk) => chunk.sealed)), directory, trailer]
  const sizeBytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
  return { body: { sizeBytes, repeatable: true, open: () => inPieces(parts) }, entries }
}

/** Those that lie one behind the other in memory too, as one. */
function joined(parts: readonly Uint8Array[]): Uint8Array[] {
  const all: Uint8Array[] = []
  for (const part of parts) {
    const last = all.at(-1)
    const isBehind =
      last?.buffer === part.buffer && last.byteOffset + last.byteLength === part.byteOffset
    if (!last || !isBehind) all.push(part)
    else
      all[all.length - 1] = new Uint8Array(
        part.buffer,
        last.byteOffset,
        last.byteLength + part.byteLength,
      )
  }
  return all
}

/** Small parts together, so that they cost the store no call each; large ones as they are, without a copy. */
async function* inPieces(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  let small: Uint8Array[] = []
  let smallBytes = 0
  for (const part of parts) {
    if (part.byteLength < pieceBytes) {
      small.push(part)
      smallBytes += part.byteLength
    }
    if (smallBytes > 0 && (smallBytes >= pieceBytes || part.byteLength >= pieceBytes)) {
      yield Buffer.concat(small)
      small = []
      smallBytes = 0
    }
    if (part.byteLength >= pieceBytes) yield part
  }
  if (smallBytes > 0) yield Buffer.concat(small)
}

/** The id of the data key of a pack, from its first 12 bytes. Throws `PackDamagedError`. */
export function decodePackHeader(bytes: Uint8Array): number {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (header.byteLength < packHeaderBytes || !header.subarray(0, 4).equals(headMagic))
    throw new PackDamagedError('It does not begin as a pack')
  if (header[4] !== formatVersion)
    throw new PackDamagedError(`Version ${header[4]} of packs is not known`)
  return header.readUInt32BE(8)
}

/** What lies in a pack. Throws `PackDamagedError`. */
export function decodePackDirectory(
  packId: string,
  pack: Uint8Array,
  dataKey: SealKey,
): PackEntry[] {
  const bytes = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength)
  const end = bytes.byteLength - trailerBytes
  if (end < packHeaderBytes || !bytes.subarray(end + 4).equals(tailMagic))
    throw new PackDamagedError('It does not end as a pack')
  const sealed = bytes.subarray(Math.max(0, end - bytes.readUInt32BE(end)), end)
  try {
    return decodeDirectory(unseal(directoryKey(packId, dataKey), sealed, headMagic))
  } catch (cause) {
    if (!(cause instanceof SealBrokenError)) throw cause
    throw new PackDamagedError('Its directory is damaged', { cause })
  }
}

function directoryKey(packId: string, dataKey: SealKey): SealKey {
  return deriveSealKey(dataKey, `pack:${packId}`)
}

function encodeDirectory(entries: readonly PackEntry[]): Uint8Array {
  const directory = Buffer.alloc(entries.length * entryBytes)
  for (const [index, entry] of entries.entries()) {
    const at = index * entryBytes
    directory.set(entry.hash, at)
    directory[at + 32] = entry.codec
    directory.writeUInt32BE(entry.plainBytes, at + 33)
    directory.writeUInt32BE(entry.start, at + 37)
    directory.writeUInt32BE(entry.sealedBytes, at + 41)
  }
  return directory
}

function decodeDirectory(plain: Uint8Array): PackEntry[] {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength)
  const entries: PackEntry[] = []
  for (let at = 0; at + entryBytes <= bytes.byteLength; at += entryBytes)
    entries.push({
      hash: Uint8Array.from(bytes.subarray(at, at + 32)),
      codec: codecOf(bytes[at + 32]),
      plainBytes: bytes.readUInt32BE(at + 33),
      start: bytes.readUInt32BE(at + 37),
      sealedBytes: bytes.readUInt32BE(at + 41),
    })
  return entries
}

function codecOf(byte: number | undefined): ChunkCodec {
  if (byte === chunkCodecs.raw || byte === chunkCodecs.zstd) return byte
  throw new PackDamagedError(`Codec ${byte} is not known`)
}
