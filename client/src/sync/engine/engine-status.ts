import type { NodeId } from '@cloudsync/protocol'
import type { HeldDeletions, WaitReason } from '../model/plan.ts'
import type { SkippedItem, UnknownPlace } from '../scan/scan.ts'
import type { Problem } from '../store/records.ts'
import type { Transfer, TransferRates } from './transfers.ts'

export type EngineState =
  /** Nothing to do. */
  | 'idle'
  | 'scanning'
  | 'syncing'
  /** The server cannot be reached; what is done to the folder is noticed and follows. */
  | 'offline'
  /** By a person. */
  | 'paused'
  /** The linked folder is not there, or is another one. Nothing is concluded. */
  | 'missing'
  | 'stopped'

/** What the engine is about, to be shown. */
export interface EngineStatus {
  readonly state: EngineState
  /** Why, where that is worth a word: code and text of what failed. */
  readonly detail: string | undefined
  readonly files: { readonly local: number; readonly remote: number; readonly synced: number }
  /** Steps of the current plan that are not done. */
  readonly stepsLeft: number
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly rates: TransferRates
  readonly transfers: readonly Transfer[]
  readonly problems: readonly Problem[]
  readonly held: readonly HeldDeletions[]
  readonly waiting: ReadonlyMap<NodeId, WaitReason>
  readonly unreadable: readonly UnknownPlace[]
  readonly skipped: readonly SkippedItem[]
  readonly lastScanAtMs: number | undefined
}

export type EngineEvent =
  | { readonly kind: 'state'; readonly state: EngineState; readonly detail: string | undefined }
  | { readonly kind: 'planned'; readonly operations: number; readonly held: number }
  | {
      readonly kind: 'done'
      readonly operation: string
      readonly id: NodeId
      readonly path: string
    }
  | {
      readonly kind: 'failed'
      readonly operation: string
      readonly id: NodeId
      readonly path: string
      readonly error: unknown
    }
  | { readonly kind: 'held'; readonly held: readonly HeldDeletions[] }
