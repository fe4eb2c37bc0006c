import type { Logger } from 'pino'
import type { PostgresBinaries } from './postgres-binaries.ts'
import type { Owner, RunAs } from './run-as.ts'

/** Where one cluster lives and how it is run. All paths are absolute and free of links. */
export interface ClusterSite {
  readonly dataDir: string
  /** PostgreSQL's own data directory. */
  readonly clusterDir: string
  readonly socketDir: string
  readonly logFile: string
  readonly binaries: PostgresBinaries
  /** Lost by a power cut, gone with its last user: for tests. */
  readonly ephemeral: boolean
  readonly log: Logger
  /** Chosen when it is first needed: a running cluster needs none. */
  readonly runAs: (clusterOwner: Owner | undefined) => Promise<RunAs>
}
