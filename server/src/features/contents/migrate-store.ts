import { createHash } from 'node:crypto'
import { blobKey, BlobNotFoundError, type BlobKey, type BlobStore } from '@cloudsync/storage'
import { inAttempts, isPassing } from './read-sealed.ts'

export interface StoreMigration {
  readonly from: BlobStore
  readonly to: BlobStore
  /** After each object. */
  readonly onProgress?: (progress: MigrationProgress) => void | Promise<void>
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
      const copying = () => copyObject(from, to, blobKey(key), sizeBytes)
      const outcome = await inAttempts(copying, mayBePassing)
      if (outcome === 'gone') continue
      progress[outcome] += 1
      progress.bytes += sizeBytes
      await onProgress?.(progress)
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return progress
}

/** One that differs may have been spoilt on its way. */
function mayBePassing(error: unknown): boolean {
  return isPassing(error) || error instanceof CopyDiffersError
}

/** `gone`: the collector has taken the original away meanwhile. */
async function copyObject(
  from: BlobStore,
  to: BlobStore,
  key: BlobKey,
  sizeBytes: number,
): Promise<'copied' | 'kept' | 'gone'> {
  const original = await hashUnlessGone(from, key)
  if (original === undefined) return 'gone'
  if ((await to.head(key))?.sizeBytes === sizeBytes && (await hashOf(to, key)) === original)
    return 'kept'
  try {
    await to.put(key, { sizeBytes, repeatable: true, open: () => read(from, key) })
  } catch (error) {
    if (error instanceof BlobNotFoundError && !(await from.head(key))) return 'gone'
    throw error
  }
  if ((await hashOf(to, key)) === original) return 'copied'
  throw new CopyDiffersError(key)
}

async function hashUnlessGone(store: BlobStore, key: BlobKey): Promise<string | undefined> {
  try {
    return await hashOf(store, key)
  } catch (error) {
    if (error instanceof BlobNotFoundError) return undefined
    throw error
  }
}

async function* read(store: BlobStore, key: BlobKey): AsyncGenerator<Uint8Array> {
  yield* (await store.get(key)).body as AsyncIterable<Uint8Array>
}

async function hashOf(store: BlobStore, key: BlobKey): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of read(store, key)) hash.update(bytes)
  return hash.digest('hex')
}
