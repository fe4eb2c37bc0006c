import { openTextLimits } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { ContentName } from '../model/entry.ts'
import type { StoreWriter } from '../store/store-writer.ts'

export const maxTextBytes = openTextLimits.maxBytes

/**
 * Gives the bytes through, from the start each time that they are iterated, and keeps a copy of all of them, unless they
 * are more than `maxBytes`.
 */
export function withCopy(
  read: () => AsyncIterable<Uint8Array>,
  maxBytes: number,
  /** Whoever has read so many may ask for no more, and so never comes to the end. */
  expectedBytes?: number,
): { content: AsyncIterable<Uint8Array>; copy: () => Uint8Array | undefined } {
  let whole: Uint8Array | undefined
  async function* copying(): AsyncGenerator<Uint8Array, void> {
    let parts: Uint8Array[] | undefined = maxBytes > 0 ? [] : undefined
    let sizeBytes = 0
    for await (const part of read()) {
      sizeBytes += part.length
      if (sizeBytes > maxBytes) parts = undefined
      parts?.push(part)
      if (parts && sizeBytes === expectedBytes) whole = Buffer.concat(parts)
      yield part
    }
    if (parts) whole = Buffer.concat(parts)
  }
  return { content: { [Symbol.asyncIterator]: copying }, copy: () => whole }
}

/**
 * What both sides agree on of a text of which nothing else is known yet: the bytes themselves. Without them nobody could
 * tell, once both sides have gone on, who has typed what.
 */
export function putBase(
  writer: StoreWriter,
  id: NodeId,
  sha256: ContentName,
  bytes: Uint8Array,
): void {
  writer.putText(id, { about: JSON.stringify({ base: sha256 }), state: bytes })
}
