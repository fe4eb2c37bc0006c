import type { BlobStore } from './blob-store.ts'
import { BreakingBlobStore } from './decorators/breaking-blob-store.ts'
import type { BreakOptions } from './decorators/breaking-blob-store.ts'
import { LimitedBlobStore } from './decorators/limited-blob-store.ts'
import { RetryingBlobStore } from './decorators/retrying-blob-store.ts'
import { probeBlobStore } from './probe-blob-store.ts'
import type { BlobStoreConfig } from './storage-config.ts'

export interface OpenBlobStoreOptions {
  /** Of the breaker before a service. */
  readonly breaker?: BreakOptions
}

/**
 * Opens the store that the configuration names; only its adapter is loaded. A service is tried with a
 * probe object first, and is given what a network needs: attempts, a limit, a breaker. The caller
 * disposes of it. Throws `BlobStoreUnavailableError`, `BlobStoreUnauthorizedError` or
 * `StorageUrlError` when it cannot be used.
 */
export async function openBlobStore(
  config: BlobStoreConfig,
  { breaker = {} }: OpenBlobStoreOptions = {},
): Promise<BlobStore> {
  const openRemote = (make: MakeBlobStore) =>
    openService((createIfAbsent) => patient(make(createIfAbsent), breaker))
  switch (config.kind) {
    case 'file': {
      const { FsBlobStore } = await import('./adapters/fs/fs-blob-store.ts')
      return FsBlobStore.open({ directory: config.directory })
    }
    case 'memory': {
      const { MemoryBlobStore } = await import('./adapters/memory/memory-blob-store.ts')
      return new MemoryBlobStore()
    }
    case 's3': {
      const { S3BlobStore } = await import('./adapters/s3/s3-blob-store.ts')
      return openRemote((createIfAbsent) => new S3BlobStore({ ...config, createIfAbsent }))
    }
    case 'azure': {
      const { AzureBlobStore } = await import('./adapters/azure/azure-blob-store.ts')
      return openRemote((createIfAbsent) => new AzureBlobStore({ ...config, createIfAbsent }))
    }
    case 'gcs': {
      const { GcsBlobStore } = await import('./adapters/gcs/gcs-blob-store.ts')
      const { readGcsKeyFile } = await import('./adapters/gcs/gcs-key-file.ts')
      const account = await readGcsKeyFile(config.keyFile)
      return openRemote(
        (createIfAbsent) => new GcsBlobStore({ ...config, account, createIfAbsent }),
      )
    }
  }
}

type MakeBlobStore = (createIfAbsent: boolean) => BlobStore

async function openService(make: MakeBlobStore): Promise<BlobStore> {
  const store = make(true)
  try {
    if ((await probeBlobStore(store)).createIfAbsent) return store
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
  await store[Symbol.asyncDispose]()
  return make(false)
}

function patient(store: BlobStore, breaker: BreakOptions): BlobStore {
  return new RetryingBlobStore(new BreakingBlobStore(new LimitedBlobStore(store), breaker))
}
