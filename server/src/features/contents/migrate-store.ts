import { createHash } from 'node:crypto'
import { blobKey, type BlobKey, type BlobStore } from '@cloudsync/storage'

export interface StoreMigration {
  readonly from: BlobStore
  readonly to: BlobStore
  /** After each object. */
  readonly onProgress?: (progress: MigrationProgress) => void
}

export interface MigrationProgress {
  readonly copied: number
  /** Objects that were there from an earlier run. */
  readonly kept: number
  readonly bytes: number
}

/** What was copied does not read as what was there. */
class CopyDiffersError extends Error {
  override readonly name = 'CopyDiffersError'

  constructor(key: string) {
    super(`The copy of ${key} is another than the original`)
  }
}

/**
 * Copies all packs from one store to another, and reads each copy back. May be broken off and begun again:
 * objects of the right size that are there already are checked by reading and not copied again. Nothing is
 * removed from either store.
 */
export async function migrateStore({
  from,
  to,
  onProgress,
}: StoreMigration): Promise<MigrationProgress> {
  const progress = { copied: 0, kept: 0, bytes: 0 }
  let cursor: string | undefined
  do {
    const page = await from.list({ prefix: 'packs/', ...(cursor === undefined ? {} : { cursor }) })
    for (const { key, sizeBytes } of page.items) {
      const isNew = await copyObject(from, to, blobKey(key), sizeBytes)
      progress[isNew ? 'copied' : 'kept'] += 1
      progress.bytes += sizeBytes
      onProgress?.(progress)
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return progress
}

/** Whether it had to be copied. */
async function copyObject(
  from: BlobStore,
  to: BlobStore,
  key: BlobKey,
  sizeBytes: number,
): Promise<boolean> {
  const original = await hashOf(from, key)
  const existing = await to.head(key)
  if (existing?.sizeBytes === sizeBytes && (await hashOf(to, key)) === original) return false
  await to.put(key, { sizeBytes, repeatable: true, open: () => read(from, key) })
  if ((await hashOf(to, key)) !== original) throw new CopyDiffersError(key)
  return true
}

async function* read(store: BlobStore, key: BlobKey): AsyncGenerator<Uint8Array> {
  yield* (await store.get(key)).body as AsyncIterable<Uint8Array>
}

async function hashOf(store: BlobStore, key: BlobKey): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of read(store, key)) hash.update(bytes)
  return hash.digest('hex')
}
