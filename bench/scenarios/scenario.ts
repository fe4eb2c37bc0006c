import type { LoadGenerator } from '../load/load-generator.ts'
import type { Report } from '../report/report.ts'

export interface BenchContext {
  readonly rounds: number
  /** Short runs that show that everything works; their figures mean little. */
  readonly isQuick: boolean
  /** Of `storage` or `sync`; all where none is named. */
  readonly parts: readonly string[]
  readonly tracePath: string
  /** How long memory is watched. */
  readonly minutes: number
  /** How long the upload is during which a server's memory is watched. */
  readonly gibibytes: number
  /** Whether trees and folders are measured in a space of 1,000,000 nodes too. */
  readonly withMillion: boolean
  /** How long a round waits for the rest of the machine to be quiet, before it starts all the same. */
  readonly patienceMs: number
  readonly load: LoadGenerator
  /** Tells the person at the terminal where it is. */
  readonly say: (text: string) => void
}

export interface Scenario {
  readonly name: string
  readonly run: (context: BenchContext) => Promise<Report>
}
