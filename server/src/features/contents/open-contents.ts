import { availableParallelism } from 'node:os'
import { ChunkWorkers, MeteredBlobStore, type BlobStore } from '@cloudsync/storage'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { ContentCollector, type Collected } from './collector/content-collector.ts'
import { openContentMetrics } from './content-metrics.ts'
import { Contents } from './contents.ts'
import { getStorage } from './routes/get-storage.ts'
import { StorageReports } from './storage-reports.ts'
import type { ContentKeys } from './content-keys.ts'

export interface OpenContentsOptions {
  readonly db: Database
  /** The caller disposes of it, after this. */
  readonly store: BlobStore
  readonly keys: ContentKeys
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
  /** How long bytes stay that nothing names any more. Default 7 days. */
  readonly backupWindowMs?: number
  /** Between two collections. Default an hour. */
  readonly collectEveryMs?: number
}

/** The contents of all files, and the collector of those that nothing names any more. */
export interface OpenedContents extends AsyncDisposable {
  readonly endpoints: readonly Endpoint[]
  readonly contents: Contents
  /** Begins to collect. */
  start(): void
  /** Collects what can be collected now. */
  collect(): Promise<Collected>
}

const defaultBackupWindowMs = 7 * 24 * 3_600_000
/** More threads than this share the memory's bandwidth and not the work. */
const maxThreads = 4

export function openContents(options: OpenContentsOptions): OpenedContents {
  // What arrives and what goes out takes a processor of its own: with two, a second thread costs more than it brings.
  const threads = Math.max(1, Math.min(maxThreads, availableParallelism() - 1))
  const workers = new ChunkWorkers(threads)
  const log = options.log.child({ component: 'contents' })
  const { backupWindowMs = defaultBackupWindowMs } = options
  const reports = new StorageReports(options)
  const record = openContentMetrics(options.metrics, reports)
  const parts = { ...options, log, store: new MeteredBlobStore(options.store, { record }) }
  const collector = new ContentCollector({ ...parts, backupWindowMs })
  return {
    endpoints: [getStorage(reports)],
    contents: new Contents({ ...parts, workers }),
    start: () => collector.start(),
    collect: () => collector.collect(),
    async [Symbol.asyncDispose]() {
      await collector[Symbol.asyncDispose]()
      await workers[Symbol.asyncDispose]()
    },
  }
}
