import type { ConflictPolicy, ErrorCode, FileMode, NodeId, NodeKind } from '@cloudsync/protocol'
import type { ProblemError } from '#platform/problem-error.ts'
import type { IfTaken } from './folder-listing.ts'

/** One change of the tree that somebody asks for. Ids of new nodes are given, so that a retry makes one. */
export type TreeCommand =
  | {
      readonly type: 'create'
      readonly id: NodeId
      /** The id was made for this request: no node has it or had it. */
      readonly hasFreshId?: boolean
      readonly parentId: NodeId
      readonly name: string
      /** A blob is refused: it is made by its upload. */
      readonly kind: NodeKind
      readonly ifTaken: IfTaken
      /** A link is refused: it is made by its upload. */
      readonly mode?: FileMode | undefined
    }
  | MoveCommand
  | {
      readonly type: 'copy'
      readonly id: NodeId
      readonly copyId: NodeId
      /** As of `create`. */
      readonly hasFreshId?: boolean
      readonly parentId: NodeId
      readonly name?: string | undefined
      readonly ifTaken: IfTaken
    }
  | {
      readonly type: 'trash'
      readonly id: NodeId
      readonly ifSeq?: number | undefined
      /** Nothing below it may stand later in the feed, nor have edits of which that has not told yet. */
      readonly ifSeqBelow?: number | undefined
    }
  | { readonly type: 'restore'; readonly id: NodeId; readonly ifSeq?: number | undefined }

export interface MoveCommand {
  readonly type: 'move'
  readonly id: NodeId
  readonly parentId?: NodeId | undefined
  readonly name?: string | undefined
  readonly ifTaken: IfTaken
  /** Where whoever asks last saw the node, and under which name. */
  readonly seen?:
    | { readonly parentId?: NodeId | undefined; readonly name?: string | undefined }
    | undefined
  readonly conflictPolicy?: ConflictPolicy | null | undefined
  readonly mode?: 'regular' | 'executable' | undefined
  /** Where the node stands in the feed as whoever asks knows it; otherwise nothing is done. */
  readonly ifSeq?: number | undefined
}

/** What came of a command; it survives JSON, to be kept with an idempotency key. */
export type CommandOutcome =
  | { readonly ok: true; readonly nodeId: NodeId; readonly isNew: boolean }
  | CommandRefusal

export interface CommandRefusal {
  readonly ok: false
  readonly code: ErrorCode
  readonly detail: string | null
  readonly extensions: Readonly<Record<string, unknown>>
}

/** The ids that whoever asks has chosen for what a command makes: an earlier request may have made it. */
export function chosenIds(command: TreeCommand): NodeId[] {
  switch (command.type) {
    case 'create':
      return command.hasFreshId ? [] : [command.id]
    case 'copy':
      return command.hasFreshId ? [] : [command.copyId]
    case 'move':
    case 'trash':
    case 'restore':
      return []
  }
}

/** What a command names, but for what it makes. */
export function namedIds(command: TreeCommand): NodeId[] {
  switch (command.type) {
    case 'create':
      return [command.parentId]
    case 'copy':
      return [command.id, command.parentId]
    case 'move':
      return command.parentId === undefined ? [command.id] : [command.id, command.parentId]
    case 'trash':
    case 'restore':
      return [command.id]
  }
}

export function refusal({ code, detail, extensions }: ProblemError): CommandRefusal {
  return { ok: false, code, detail: detail ?? null, extensions: extensions ?? {} }
}
