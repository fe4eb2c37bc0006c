import { availableParallelism } from 'node:os'
import { ChunkWorkers, type BlobStore } from '@cloudsync/storage'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { ContentCollector, type Collected } from './collector/content-collector.ts'
import { Contents } from './contents.ts'
import type { ContentKeys } from './content-keys.ts'

export interface OpenContentsOptions {
  readonly db: Database
  /** The caller disposes of it, after this. */
  readonly store: BlobStore
  readonly keys: ContentKeys
  readonly clock: Clock
  readonly log: Logger
  /** How long bytes stay that nothing names any more. Default 7 days. */
  readonly backupWindowMs?: number
}

/** The contents of all files, and the collector of those that nothing names any more. */
export interface OpenedContents extends AsyncDisposable {
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
  const workers = new ChunkWorkers(Math.min(maxThreads, availableParallelism()))
  const log = options.log.child({ component: 'contents' })
  const { backupWindowMs = defaultBackupWindowMs } = options
  const collector = new ContentCollector({ ...options, log, backupWindowMs })
  return {
    contents: new Contents({ ...options, workers }),
    start: () => collector.start(),
    collect: () => collector.collect(),
    async [Symbol.asyncDispose]() {
      await collector[Symbol.asyncDispose]()
      await workers[Symbol.asyncDispose]()
    },
  }
}
