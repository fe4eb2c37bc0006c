/**
 * A page of a manifest: the chunks of a content, in order, 36 bytes each: SHA-256 of the plain bytes (32)
 * and their number (4, unsigned, big-endian). A content of any size has pages of at most 1,024 chunks.
 */
export const maxPageEntries = 1_024
const hashBytes = 32
const entryBytes = hashBytes + 4

export interface ManifestEntry {
  /** SHA-256, 32 bytes. */
  readonly hash: Uint8Array
  readonly plainBytes: number
}

export function encodeManifestPage(entries: readonly ManifestEntry[]): Uint8Array {
  const page = Buffer.allocUnsafe(entries.length * entryBytes)
  for (const [index, { hash, plainBytes }] of entries.entries()) {
    page.set(hash, index * entryBytes)
    page.writeUInt32BE(plainBytes, index * entryBytes + hashBytes)
  }
  return page
}

export function decodeManifestPage(page: Uint8Array): ManifestEntry[] {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength)
  return Array.from({ length: Math.floor(bytes.byteLength / entryBytes) }, (_, index) => {
    const at = index * entryBytes
    return {
      hash: bytes.subarray(at, at + hashBytes),
      plainBytes: bytes.readUInt32BE(at + hashBytes),
    }
  })
}
