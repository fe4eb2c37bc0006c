import { once } from 'node:events'
import { pipeline, Readable } from 'node:stream'
import type { BlobReader, ByteRange } from './blob-store.ts'
import { ContentTooLargeError, CorruptContentError } from './content-errors.ts'
import { decodeHeader, encodeHeader, headerBytes } from './content-format.ts'
import type { ContentHeader } from './content-format.ts'
import { ContentVerifier } from './content-verifier.ts'
import { sha256Of } from './sha256.ts'
import type { Sha256 } from './sha256.ts'
import { compressWhole, decompressStream, decompressWhole, isZstdDataError } from './zstd.ts'

/** The stored form of a content in memory, the shorter of the two codecs. */
export async function encodeObject(bytes: Uint8Array): Promise<Uint8Array> {
  const compressed = await compressWhole(bytes)
  const codec = compressed ? 'zstd' : 'raw'
  const header = encodeHeader({ codec, plainBytes: bytes.byteLength })
  return Buffer.concat([header, compressed ?? bytes])
}

/** How long a stored form can be: zstd's own bound, which a stream may reach that begins better than it goes on. */
export function maxObjectBytes(plainBytes: number): number {
  return headerBytes + plainBytes + Math.floor(plainBytes / 256) + 1024
}

/** The content of a stored form. Throws `ContentTooLargeError` and `CorruptContentError`. */
export async function decodeObject(
  sha256: Sha256,
  object: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  const header = parseHeader(sha256, object.subarray(0, headerBytes))
  if (header.plainBytes > maxBytes) throw new ContentTooLargeError(maxBytes)
  const payload = object.subarray(headerBytes)
  const bytes = header.codec === 'raw' ? payload : await decompress(sha256, payload, header)
  if (bytes.byteLength !== header.plainBytes)
    throw new CorruptContentError(sha256, 'its header says another size')
  if ((await sha256Of(bytes)) !== sha256)
    throw new CorruptContentError(sha256, 'the hash is another')
  return bytes
}

/** Takes the header off an object's body; what is left of the body is the payload. */
export async function openPayload(sha256: Sha256, reader: BlobReader): Promise<ContentHeader> {
  const { body } = reader
  try {
    if (reader.sizeBytes < headerBytes)
      throw new CorruptContentError(sha256, 'it has no whole header')
    let head: Uint8Array | null = null
    while ((head = body.read(headerBytes) as Uint8Array | null) === null)
      await once(body, 'readable')
    return parseHeader(sha256, head)
  } catch (error) {
    body.destroy()
    throw error
  }
}

/** The plain content behind a payload. It owns the payload: destroying one destroys both. */
export function verifiedBody(sha256: Sha256, header: ContentHeader, payload: Readable): Readable {
  const verifier = new ContentVerifier(sha256, header.plainBytes)
  // Every stream of a pipeline fails with the first error, so the verifier's reader sees it.
  const done = (): void => undefined
  if (header.codec === 'raw') pipeline(payload, verifier, done)
  else pipeline(payload, decompressStream(), verifier, done)
  return verifier
}

/** The bytes of a range of what a zstd payload holds. It owns the payload, as `verifiedBody` does. */
export function decompressedPart(sha256: Sha256, range: ByteRange, payload: Readable): Readable {
  const part = Readable.from(partChunks(sha256, range, payload), { objectMode: false })
  // A generator that was never asked for anything does not get to its end.
  return part.once('close', () => payload.destroy())
}

async function* partChunks(
  sha256: Sha256,
  { start, end }: ByteRange,
  payload: Readable,
): AsyncGenerator<Uint8Array> {
  const plain = pipeline(payload, decompressStream(), () => undefined)
  let position = 0
  try {
    for await (const chunk of plain as AsyncIterable<Uint8Array>) {
      const part = chunk.subarray(Math.max(0, start - position), end - position)
      position += chunk.byteLength
      if (position > start) yield part
      if (position >= end) return
    }
  } catch (error) {
    if (!isZstdDataError(error)) throw error
    throw new CorruptContentError(sha256, 'no valid frame', { cause: error })
  }
  throw new CorruptContentError(sha256, 'it holds less than its header says')
}

function parseHeader(sha256: Sha256, bytes: Uint8Array): ContentHeader {
  const decoded = decodeHeader(bytes)
  if (decoded.kind === 'malformed') throw new CorruptContentError(sha256, decoded.reason)
  return decoded.header
}

async function decompress(
  sha256: Sha256,
  payload: Uint8Array,
  header: ContentHeader,
): Promise<Uint8Array> {
  try {
    return await decompressWhole(payload, header.plainBytes)
  } catch (error) {
    if (!isZstdDataError(error)) throw error
    throw new CorruptContentError(sha256, 'no valid frame', { cause: error })
  }
}
