import type { FoundPrograms } from '../../../scripts/system-programs.ts'
import type { Report } from '../../report/report.ts'
import type { BenchContext } from '../scenario.ts'

export interface StorageContext extends BenchContext {
  /** Paths of the peers by their variables; those that are not there are missing. */
  readonly programs: FoundPrograms['environment']
  /** For corpora and repositories; emptied after the run. */
  readonly workDir: string
}

/** What one question adds to the report. */
export type StoragePart = Pick<Report, 'method' | 'tables' | 'goals'>

/** As it is kept between runs that measure only some of the parts. */
export interface KeptPart extends StoragePart {
  readonly commit: string
}

export const megabyte = 1e6
export const mebibyte = 1024 * 1024
