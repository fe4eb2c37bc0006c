import { mkdir, statfs } from 'node:fs/promises'
import { openBlobStore, type BlobStore, type StoreSpace } from '@cloudsync/storage'
import {
  contentKeysOf,
  openContents,
  type FindSpaces,
  type OpenedContents,
} from '#features/contents/index.ts'
import { meterBreaker } from '#platform/resilience/breaker-metrics.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Foundation } from './foundation.ts'
import type { ServerOverrides } from './server-overrides.ts'

export interface StorageParts {
  readonly contents: OpenedContents
  readonly findSpaces: FindSpaces
}

/** The contents of files, and what is left of the room for them. */
export async function openStorage(
  config: ServerConfig,
  base: Foundation,
  stack: AsyncDisposableStack,
  { wrapStore = (store) => store, ...overrides }: NonNullable<ServerOverrides['contents']> = {},
): Promise<StorageParts> {
  // With database, key and store elsewhere nobody else makes it.
  await mkdir(config.dataDir, { recursive: true })
  const breaker = meterBreaker(base.metrics, 'store')
  const store = wrapStore(stack.use(await openBlobStore(config.storage, { breaker })))
  const keys = contentKeysOf(base.keys)
  const { backupWindowMs } = config
  const contents = stack.use(openContents({ ...base, store, keys, backupWindowMs, ...overrides }))
  return { contents, findSpaces: () => listSpaces(store, config) }
}

/** What is left on the disks that uploads fill: the store's, and that of our data, which holds the log. */
async function listSpaces(store: BlobStore, { dataDir }: ServerConfig): Promise<StoreSpace[]> {
  const { bavail, blocks, bsize } = await statfs(dataDir)
  const ours = { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  const spaces = [await store.findSpace(), ours]
  return spaces.filter((space) => space !== undefined)
}
