import type { NodeId } from '@cloudsync/protocol'
import type { ContentName, EntryKind, Fingerprint } from './entry.ts'
import { isSameNode } from './fingerprint.ts'

/**
 * A file that a step was about to put in its place. A process that dies then leaves it there or not, and what lies there
 * is known again by this.
 */
export interface WriteIntent {
  readonly id: NodeId
  /** Where it was to lie. */
  readonly parentId: NodeId
  readonly name: string
  /** What it is called on the disk, where that cannot hold its name. */
  readonly diskName?: string
  /** What is in it. */
  readonly content: ContentName
  /** What of the server's that is; left out where both sides of a text came together in it. */
  readonly remoteContent?: ContentName
  /** A file, where it is left out. */
  readonly kind?: EntryKind
  /** Of something new: whether the server called it so. */
  readonly isExecutable?: boolean
  readonly fingerprint: Fingerprint
}

/** Where inodes that are used again could not be told apart, none is known again. */
export function isThatFile({ fingerprint }: WriteIntent, found: Fingerprint): boolean {
  return fingerprint.bornNs !== '0' && isSameNode(fingerprint, found)
}

/**
 * Where a step was about to put a node on the disk: by a move, or as a new folder. A process that dies then leaves it there
 * or not, and what lies there was put there by nobody else.
 */
export interface PlaceIntent {
  readonly id: NodeId
  readonly kind: EntryKind
  readonly parentId: NodeId
  readonly name: string
  /** What it is called on the disk, where that cannot hold its name. */
  readonly diskName?: string
  /** The server had it there too. */
  readonly isShared: boolean
  /** There it is a copy, under this id. */
  readonly copyId?: NodeId
}

/**
 * What a step was about to send. Where its answer was lost, or the process died before it was recorded, the server has it
 * or not, and what the server tells of the node later is understood by this.
 */
export interface SendIntent {
  readonly id: NodeId
  /** Where it lay here. */
  readonly parentId: NodeId
  readonly name: string
  readonly kind: EntryKind
  /** What was sent, and of what of the server's that is a change; `null` for a folder, and for what is new. */
  readonly content: ContentName | null
  readonly remoteBase: ContentName | null
  /** Of something new, as far as it was said. */
  readonly isExecutable?: boolean
  /** Where it was to be trashed: its number in the change feed until then. */
  readonly trashedSeq?: number
  /** By which the server knows whether it was done. */
  readonly operationId: string
}
