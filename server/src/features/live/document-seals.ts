import { seal, unseal, type SealKey } from '@cloudsync/storage'
import type { NodeId } from '@cloudsync/protocol'
import type { KeyRing } from '#platform/keys/key-ring.ts'

/**
 * What is stored of documents is sealed at rest (AES-256-GCM) with a key of each document's own, which is
 * derived from a data key. The column `key_id` beside the bytes names the data key; it is null beside those
 * that earlier versions have written plain.
 *
 *     key      deriveSealKey(data key, 'document:<id>')
 *     context  '<kind> <id>'
 *
 * A row that is put in the place of another document's, or of another kind, is noticed.
 */
export type StoredKind = 'update' | 'segment' | 'checkpoint' | 'quarantine'

/** Bytes as their table has them. */
export interface StoredBytes {
  readonly bytes: Uint8Array
  readonly keyId: number | null
}

/** The keys that what is stored of a document was sealed with. May be sent to another thread. */
export interface DocumentKeys {
  readonly documentId: NodeId
  readonly byId: ReadonlyMap<number, SealKey>
}

/** The key that a document is sealed with now. May be sent to another thread. */
export interface DocumentKey {
  readonly documentId: NodeId
  readonly id: number
  readonly key: SealKey
}

/** Seals bytes, and says with which key. */
export function sealBytes(
  { documentId, id, key }: DocumentKey,
  kind: StoredKind,
  plain: Uint8Array,
): StoredBytes {
  return { bytes: seal(key, plain, contextOf(kind, documentId)), keyId: id }
}

/** The bytes as they were before. Throws `SealBrokenError` when they are damaged. */
export function openBytes(
  { documentId, byId }: DocumentKeys,
  kind: StoredKind,
  { bytes, keyId }: StoredBytes,
): Uint8Array {
  if (keyId === null) return bytes
  const key = byId.get(keyId)
  if (!key) throw new RangeError(`The key ${keyId} of ${documentId} is not at hand`)
  return unseal(key, bytes, contextOf(kind, documentId))
}

/** The keys of documents, from those of the installation. */
export class DocumentSeals {
  readonly #keys: KeyRing

  constructor(keys: KeyRing) {
    this.#keys = keys
  }

  seal(documentId: NodeId, kind: StoredKind, plain: Uint8Array): StoredBytes {
    return sealBytes(this.currentKey(documentId), kind, plain)
  }

  /** Throws `SealBrokenError` when the bytes are damaged. */
  async open(documentId: NodeId, kind: StoredKind, stored: StoredBytes): Promise<Uint8Array> {
    return openBytes(await this.keysOf(documentId, [stored]), kind, stored)
  }

  currentKey(documentId: NodeId): DocumentKey {
    return { documentId, ...this.#keys.currentKey(purposeOf(documentId)) }
  }

  /** The keys that these bytes of a document were sealed with. */
  async keysOf(
    documentId: NodeId,
    stored: Iterable<Pick<StoredBytes, 'keyId'>>,
  ): Promise<DocumentKeys> {
    const byId = new Map<number, SealKey>()
    for (const { keyId } of stored)
      if (keyId !== null && !byId.has(keyId))
        byId.set(keyId, await this.#keys.getKey(keyId, purposeOf(documentId)))
    return { documentId, byId }
  }
}

function purposeOf(documentId: NodeId): string {
  return `document:${documentId}`
}

function contextOf(kind: StoredKind, documentId: NodeId): Uint8Array {
  return Buffer.from(`${kind} ${documentId}`)
}
