import type { NodeId } from '@cloudsync/protocol'
import type { HeldText, TextChoice } from '../../sync/engine/resolve-held-text.ts'
import type { ConflictRecord } from '../../sync/store/records.ts'
import type { LinkStatus } from './link-status.ts'

/** One thing that was done to bring both sides together. */
export interface Deed {
  readonly atMs: number
  readonly operation: string
  readonly path: string
  readonly nodeId: NodeId
  /** By which a deletion is taken back. */
  readonly batchId?: string | undefined
}

export interface PlannedStep {
  readonly operation: string
  readonly path: string
  /** Where a move comes from. */
  readonly from?: string | undefined
}

/** What would be done now, if it were done now. */
export interface PlanReport {
  /** The first ones. */
  readonly steps: readonly PlannedStep[]
  readonly stepCount: number
  readonly held: readonly HeldReport[]
  readonly waiting: readonly { readonly path: string; readonly reason: string }[]
}

/** Deletions that wait for a person. */
export interface HeldReport {
  readonly side: 'local' | 'remote'
  readonly files: number
  readonly folders: number
  readonly filesInAll: number
  readonly sample: readonly string[]
}

export interface PathReport {
  readonly path: string
  /** `false`: it does not lie there. */
  readonly isHere: boolean
  readonly isOnServer: boolean
  readonly state: 'in-step' | 'to-do' | 'waiting' | 'failing' | 'ignored' | 'excluded' | 'unknown'
  /** Sentences, the most telling first. */
  readonly reasons: readonly string[]
}

/** What a command may ask of a link, with its parameters and its result; all of it is JSON. */
export interface LinkMethods {
  readonly status: { readonly params: object; readonly result: LinkStatus }
  readonly history: { readonly params: { readonly limit: number }; readonly result: Deed[] }
  readonly plan: { readonly params: object; readonly result: PlanReport }
  readonly explain: {
    readonly params: { readonly path: readonly string[] }
    readonly result: PathReport
  }
  readonly conflicts: { readonly params: object; readonly result: ConflictRecord[] }
  readonly 'settle-conflict': {
    readonly params: { readonly number: number }
    readonly result: boolean
  }
  /** Both sides of a text that no program could read if they were together; `null`: it is no such one. */
  readonly 'held-text': {
    readonly params: { readonly nodeId: NodeId }
    readonly result: HeldText | null
  }
  readonly 'resolve-text': {
    readonly params: { readonly nodeId: NodeId; readonly choice: TextChoice }
    readonly result: 'done' | 'not-held' | 'changed'
  }
  /** What was held may go on; says what that was. */
  readonly approve: { readonly params: object; readonly result: HeldReport[] }
  /** What was held comes back to the side where it was deleted. */
  readonly reject: { readonly params: object; readonly result: HeldReport[] }
  /** Reads the file of the link anew. */
  readonly reload: { readonly params: object; readonly result: null }
}

export type LinkMethod = keyof LinkMethods
