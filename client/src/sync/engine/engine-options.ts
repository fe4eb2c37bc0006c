import type { NodeId } from '@cloudsync/protocol'
import type { NameRules } from '../model/plan.ts'
import type { World } from '../ports.ts'
import type { ScanInput } from '../scan/scan.ts'
import type { SyncStore } from '../store/sync-store.ts'
import type { EngineEvent } from './engine-status.ts'
import type { GroupLimits } from './group-contents.ts'
import type { SelectionRules } from './plan-options.ts'

export interface EngineLimits extends GroupLimits {
  /** Requests and writes at once. */
  readonly jobs: number
  readonly trashBatch: number
  /** How long the server holds a question for changes back. */
  readonly longPollMs: number
  readonly fullScanMs: number
  /** How often it is looked whether a folder that is missing is back. */
  readonly missingMs: number
  /** A new plan is not made earlier after the last one, while that one is carried out. */
  readonly planPauseMs: number
  /** More are left to the next plan: each takes memory as long as its plan is carried out. */
  readonly planSteps: number
  /** Of many new files so many are looked at before the first are sent. */
  readonly partFiles: number
  readonly maxReadBytes?: number
}

export const defaultLimits: EngineLimits = {
  jobs: 8,
  batchFiles: 500,
  batchBytes: 8 * 1024 * 1024,
  batchDownloads: 200,
  batchTexts: 50,
  trashBatch: 500,
  longPollMs: 50_000,
  fullScanMs: 10 * 60_000,
  missingMs: 5_000,
  planPauseMs: 200,
  planSteps: 20_000,
  partFiles: 1000,
}

export interface EngineOptions {
  readonly world: World
  readonly store: SyncStore
  /** The folder on the server that is the linked one. */
  readonly rootId: NodeId
  /** Of this link alone, made when it is linked; part of the ids of its operations. */
  readonly linkId: string
  readonly traits: ScanInput['traits']
  readonly nameRules?: NameRules
  readonly selection?: SelectionRules
  readonly limits?: Partial<EngineLimits>
  readonly onEvent?: (event: EngineEvent) => void
}
