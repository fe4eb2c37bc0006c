import type { FoundPrograms } from '../../../scripts/system-programs.ts'
import type { Report } from '../../report/report.ts'
import type { BenchContext } from '../scenario.ts'

export interface SyncContext extends BenchContext {
  /** Paths of the peers by their variables; those that are not there are missing. */
  readonly programs: FoundPrograms['environment']
  /** For folders and what the programs remember; emptied after the run. */
  readonly workDir: string
}

/** What one question adds to the report. */
export type SyncPart = Pick<Report, 'method' | 'tables' | 'goals'>
