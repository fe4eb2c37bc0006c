import type { NodeId } from '@cloudsync/protocol'
import type { ContentName } from '../model/entry.ts'

/** What is remembered of a live text, beside its Yjs state. */
export interface TextRecord {
  /** Yjs V1: all that both sides are known to have typed. */
  readonly state: Uint8Array
  /** How the text part reads `state`; opaque here. */
  readonly about: string
}

/** Why a node does not go on, and when it is tried again. */
export interface Problem {
  readonly id: NodeId
  readonly path: string
  /** Stable: of the server, of the disk, or of the engine. */
  readonly code: string
  readonly detail: string
  readonly attempts: number
  readonly sinceMs: number
  readonly retryAtMs: number
}

export type Side = 'local' | 'remote'

/** Of a text. Of what is replaced or moved from two sides the server keeps its own. */
export interface ConflictRecord {
  readonly number: number
  readonly nodeId: NodeId
  readonly path: string
  readonly kind: 'text-overlap' | 'broken-structure'
  readonly atMs: number
  readonly detail: string
  readonly resolvedAtMs: number | undefined
}

export interface HistoryRecord {
  readonly number: number
  readonly atMs: number
  /** The kind of the operation. */
  readonly operation: string
  readonly nodeId: NodeId
  readonly path: string
  /** JSON of what the operation's reader needs, as the `batchId` by which a deletion is undone. */
  readonly detail: string
}

export interface HistoryQuery {
  readonly limit?: number
  /** Only older than this one. */
  readonly before?: number
  readonly nodeId?: NodeId
}

export interface LinkSettings {
  /** The folder on the server that is the linked one. */
  readonly rootId: NodeId
  /** Of this link alone; part of each operation's id. */
  readonly linkId: string
}

export type { ContentName }
