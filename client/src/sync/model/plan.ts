import type { NodeId } from '@cloudsync/protocol'
import type { Operation } from './operation.ts'

export interface PlanOptions {
  /** The linked folder: the parent of what lies at the top, in all three trees. */
  readonly rootId: NodeId
  /** `false`: nothing may be made in the linked folder. */
  readonly canEditRoot?: boolean
  /** Folders of the disk that could not be read, and with them all that is or was below. Nothing is concluded of it. */
  readonly unreadable?: ReadonlySet<NodeId>
  /** Left alone on both sides, with all that lies below (`.cloudsyncignore`). */
  readonly ignored?: ReadonlySet<NodeId>
  /** Not wanted on this disk, with all that lies below. What lies there unchanged is dehydrated. */
  readonly unselected?: ReadonlySet<NodeId>
  /** Gone from the remote tree into the server's trash, by itself or within a folder, from where the caller may take it. */
  readonly restorable?: ReadonlySet<NodeId>
  /** What a person has agreed to lose although it is much: the ids of `HeldDeletions`. */
  readonly approvedDeletions?: ReadonlySet<NodeId>
  /** Files that were deleted on each side a moment ago, by earlier plans and without a person's word. */
  readonly recentDeletions?: Readonly<Record<'remote' | 'local', ReadonlySet<NodeId>>>
  /** By which this client knows the names that it gives on the way (`temporaryName`). */
  readonly deviceTag?: string
  /** What the disk cannot hold; without it the disk holds whatever the server holds. */
  readonly nameRules?: NameRules
  /** The nodes of which the three trees say different things, where somebody knows; else all are looked at. */
  readonly differing?: ReadonlySet<NodeId>
  /** `false`: the disk holds no symbolic links, and what the server has of them stays there. */
  readonly holdsLinks?: boolean
}

/** How names lie on the file system of the linked folder. */
export interface NameRules {
  /** Two names of a folder are the same to the disk where these are equal. */
  readonly key: (diskName: string) => string
  /** What the disk calls a node of that name: the name itself where the disk can hold it. */
  readonly toDisk: (name: string) => string
}

export interface Plan {
  /**
   * To be carried out in this order; what does not concern the same node, nor a node above or below it, nor the same
   * folder, may be done at once. A step whose precondition fails is left out, and so are those that it was to make
   * possible: their own preconditions fail too.
   */
  readonly operations: readonly Operation[]
  /** Deletions that are too many to be made without a person's word, and are not in `operations`. */
  readonly held: readonly HeldDeletions[]
  /** What differs and has no operation in this plan, and why. */
  readonly waiting: ReadonlyMap<NodeId, WaitReason>
}

export interface HeldDeletions {
  readonly side: 'remote' | 'local'
  readonly files: number
  readonly folders: number
  /** Of those that both sides had, so that a person sees the proportion. */
  readonly filesInAll: number
  /** What would be trashed, each with all that lies below it. To be given as `approvedDeletions`. */
  readonly ids: readonly NodeId[]
  /** Some of what would be trashed, as paths below the linked folder. */
  readonly sample: readonly string[]
}

export type WaitReason =
  /** On a side that names a parent which is not there (yet), or that is its own ancestor. */
  | 'no-parent'
  /** The file on the disk was not read yet. */
  | 'unread'
  /** The server does not take changes from the caller there. */
  | 'read-only'
  /** A name that the server refuses; `findNameFault` tells why. */
  | 'name-refused'
  /** A symbolic link, which this disk cannot hold. */
  | 'no-links'
  /** In a folder that could not be read. */
  | 'unreadable'
  | 'ignored'
  | 'unselected'
  /** Not wanted on this disk, but changed here and not sent. */
  | 'unselected-changed'
  /** Goes, when a person has agreed to it. */
  | 'held'
  /** A folder that is gone on one side, with something in it of which nothing may be concluded. */
  | 'not-empty'
  /** Another client is about to give it its name. */
  | 'in-transit'
  /** Something else has to happen first, and then the next plan has it. */
  | 'next-plan'
