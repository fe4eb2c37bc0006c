import { decodeText, type TextLimits } from '@cloudsync/crdt'
import { sha256FromBytes, type Sha256 } from '@cloudsync/storage'
import type { Readable } from 'node:stream'
import type { ContentName, Contents } from '#features/contents/index.ts'
import type { VersionRow } from '../versions/version-store.ts'
import type { ByteRange } from './byte-range.ts'
import type { Incoming } from './content-intake.ts'
import { sniffedBytes } from './media-type.ts'

/** Contents that are kept: opened to be sent, and looked into to become the content of a file again. */
export class VersionContents {
  readonly #contents: Contents

  constructor(contents: Contents) {
    this.#contents = contents
  }

  async open(sha256: Sha256, range: ByteRange | 'whole'): Promise<Readable> {
    const part = range === 'whole' ? undefined : { start: range.first, end: range.last + 1 }
    return (await this.#contents.open(sha256, part)).body
  }

  /** The content of a version as if it had just arrived: a text if it is one within `limits`. */
  read(version: VersionRow, limits: TextLimits): Promise<Incoming> {
    return this.readContent(nameOf(version), limits)
  }

  async readContent({ sha256, sizeBytes }: ContentName, limits: TextLimits): Promise<Incoming> {
    if (sizeBytes <= limits.maxBytes) {
      const bytes = await this.#contents.get(sha256)
      const decoded = decodeText(bytes, limits)
      if (decoded.kind === 'text') return { kind: 'text', bytes, decoded }
    }
    return { kind: 'blob', sha256, sizeBytes, head: await this.#readHead({ sha256, sizeBytes }) }
  }

  /** Its beginning, for its media type. */
  readHead(version: VersionRow): Promise<Uint8Array> {
    return this.#readHead(nameOf(version))
  }

  async #readHead({ sha256, sizeBytes }: ContentName): Promise<Uint8Array> {
    const end = Math.min(sizeBytes, sniffedBytes)
    if (end === 0) return new Uint8Array()
    const { body } = await this.#contents.open(sha256, { start: 0, end })
    const chunks: Uint8Array[] = []
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
}

function nameOf({ sha256, size_bytes: sizeBytes }: VersionRow): ContentName {
  return { sha256: sha256FromBytes(sha256), sizeBytes }
}
