/**
 * The stored form of a content, version 1: a header that says how to read the rest.
 *
 *     offset  bytes
 *     0       4     magic: 'C' 'S' 'B' 'L'
 *     4       1     format version: 1
 *     5       1     codec: 0 the bytes as they are, 1 one zstd frame (RFC 8878)
 *     6       2     zero
 *     8       8     size of the plain content in bytes, unsigned, big-endian
 *     16      …     the payload, to the end of the object
 *
 * The SHA-256 of the plain content is the object's key, so that every byte of header and payload is
 * checked by it: a wrong codec or size cannot give bytes with that hash. A reader refuses versions
 * and codecs that it does not know.
 */
export const headerBytes = 16
const formatVersion = 1
export const codecs = { raw: 0, zstd: 1 } as const

export type Codec = keyof typeof codecs

export interface ContentHeader {
  readonly codec: Codec
  readonly plainBytes: number
}

const magic = Buffer.from('CSBL', 'latin1')

export function encodeHeader({ codec, plainBytes }: ContentHeader): Uint8Array {
  const header = Buffer.alloc(headerBytes)
  magic.copy(header)
  header[4] = formatVersion
  header[5] = codecs[codec]
  header.writeBigUInt64BE(BigInt(plainBytes), 8)
  return header
}

export type DecodedHeader =
  | { readonly kind: 'header'; readonly header: ContentHeader }
  | { readonly kind: 'malformed'; readonly reason: string }

/** Reads the first 16 bytes of an object. */
export function decodeHeader(bytes: Uint8Array): DecodedHeader {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (header.byteLength < headerBytes) return malformed('it has no whole header')
  if (!header.subarray(0, 4).equals(magic)) return malformed('it does not begin with the magic')
  if (header[4] !== formatVersion) return malformed(`format version ${header[4]} is not known`)
  if (header.readUInt16BE(6) !== 0) return malformed('a reserved byte is set')
  const codec = codecOf(header[5])
  if (!codec) return malformed(`codec ${header[5]} is not known`)
  const plainBytes = Number(header.readBigUInt64BE(8))
  if (!Number.isSafeInteger(plainBytes)) return malformed('the size is out of bounds')
  return { kind: 'header', header: { codec, plainBytes } }
}

function codecOf(byte: number | undefined): Codec | undefined {
  if (byte === codecs.raw) return 'raw'
  return byte === codecs.zstd ? 'zstd' : undefined
}

function malformed(reason: string): DecodedHeader {
  return { kind: 'malformed', reason }
}
