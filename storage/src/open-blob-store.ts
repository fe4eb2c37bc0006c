import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BlobStore } from './blob-store.ts'

/** Where objects are kept. */
export type BlobStoreConfig =
  | {
      readonly kind: 'file'
      /** Made if missing. Must not hold anything else. */
      readonly directory: string
    }
  | {
      /** Nothing outlives the process. */
      readonly kind: 'memory'
    }

/** A store's address is not one of `file:///…` and `memory:`. The message can be shown to an operator. */
export class StorageUrlError extends Error {
  override readonly name = 'StorageUrlError'
}

/** Reads an address as the setting `STORAGE_URL` has it. Throws `StorageUrlError`. */
export function parseStorageUrl(text: string): BlobStoreConfig {
  if (text === 'memory:') return { kind: 'memory' }
  if (!URL.canParse(text)) throw new StorageUrlError('is no URL; expected file:///… or memory:')
  const url = new URL(text)
  if (url.protocol !== 'file:')
    throw new StorageUrlError(`${url.protocol} is not known; expected file: or memory:`)
  // `file:name` would be read as `/name`, not as what its writer meant.
  if (!isAbsolute(text.slice('file:'.length)) || url.host !== '' || url.search || url.hash)
    throw new StorageUrlError(
      'file: needs an absolute path and nothing else, as in file:///var/lib',
    )
  return { kind: 'file', directory: fileURLToPath(url) }
}

/**
 * Opens the store that the configuration names; only its adapter is loaded. The caller disposes of
 * it. Throws `BlobStoreUnavailableError` when it cannot be used.
 */
export async function openBlobStore(config: BlobStoreConfig): Promise<BlobStore> {
  switch (config.kind) {
    case 'file': {
      const { FsBlobStore } = await import('./adapters/fs/fs-blob-store.ts')
      return FsBlobStore.open({ directory: config.directory })
    }
    case 'memory': {
      const { MemoryBlobStore } = await import('./adapters/memory/memory-blob-store.ts')
      return new MemoryBlobStore()
    }
  }
}
