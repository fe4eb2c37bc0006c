import type { NodeId } from '@cloudsync/protocol'
import type { ContentName, SyncedEntry } from './entry.ts'

interface Place {
  readonly parentId: NodeId
  readonly name: string
}

interface At extends Place {
  readonly id: NodeId
}

interface AtDisk extends At {
  /** What to call it on the disk, where that cannot hold its name. */
  readonly diskName?: string
}

/**
 * One step towards three equal trees. A step that changes a side says what it takes to be there; where that is no
 * longer so, it changes nothing, and the next plan is made of what is seen then.
 *
 * Who carries out a step writes in one transaction what it changed in the tree of that side, and what both sides
 * thereby agree on in the synced tree:
 *
 * - content moved (`upload-new`, `upload-change`, `merge-text`, `download`): both names of the content, as they are on
 *   each side afterwards, and where there is no synced entry the place as it is on the side that was read;
 * - `upload-change` that the server kept beside something else: `localContent` is what was sent, `remoteContent` what
 *   is not there, so that the next plan downloads what won;
 * - a node moved (`move-remote`, `move-local`): the place, if the other side has it there too;
 * - a mode given (`mode-remote`, `mode-local`): the mode;
 * - `restore-remote`: the place that the server gave it. A person's move goes on from there;
 * - a node made (`create-remote-folder`, `create-local-folder`): all of it; gone (`trash-…`, `dehydrate`): no synced
 *   entry any more, so that what comes back on a side is new to the other.
 *
 * Where the server says that the id of something new is used up, the node gets a fresh one, as with `renew`.
 *
 * What is lost of that in a crash is found again by the next plan.
 */
export type Operation =
  /**
   * To neither, first of all: the local node is what the server knows as `as`. Its children in the local and the
   * synced tree follow it; its own synced entry goes, that of `as` stays.
   */
  | { readonly kind: 'adopt'; readonly id: NodeId; readonly as: NodeId }
  /** To the server. */
  | ({ readonly kind: 'create-remote-folder' } & At)
  | ({ readonly kind: 'upload-new'; readonly localContent: ContentName } & At)
  | {
      readonly kind: 'upload-change'
      readonly id: NodeId
      readonly localContent: ContentName
      /** What the change builds on; the server decides by its policy where that is no longer there. */
      readonly remoteBase: ContentName
    }
  | ({ readonly kind: 'move-remote'; readonly seen: Place } & At)
  /** Whether it is executable; no content goes with it. */
  | { readonly kind: 'mode-remote'; readonly id: NodeId; readonly isExecutable: boolean }
  /** Out of the server's trash, alone if it is a file, into its folder or the nearest one above that lives. */
  | { readonly kind: 'restore-remote'; readonly id: NodeId }
  /** `below`: what lies in it, children first. Anything else in it, or one that has another `seq`: it stays. */
  | {
      readonly kind: 'trash-remote'
      readonly id: NodeId
      readonly seq: number
      readonly below: readonly { readonly id: NodeId; readonly seq: number }[]
    }
  /** Both ways: what was typed here goes up, what was typed elsewhere comes down. */
  | { readonly kind: 'merge-text'; readonly id: NodeId }
  /** To the disk. */
  | ({ readonly kind: 'create-local-folder' } & AtDisk)
  | ({
      readonly kind: 'download'
      readonly remoteContent: ContentName
      /** What lies there now and may be replaced; `null`: nothing may lie there. */
      readonly localBase: ContentName | null
    } & AtDisk)
  | ({ readonly kind: 'move-local'; readonly seen: Place } & AtDisk)
  | { readonly kind: 'mode-local'; readonly id: NodeId; readonly isExecutable: boolean }
  /**
   * Renames what was changed and may not be sent, and gives it an id of its own (with no synced entry), so that what
   * the server has can come back to where it lay.
   */
  | ({ readonly kind: 'keep-copy'; readonly localContent: ContentName; readonly seen: Place } & At)
  /** Into the folder's own trash, where it stays for a week. `below` as of `trash-remote`. */
  | { readonly kind: 'trash-local'; readonly id: NodeId; readonly below: readonly NodeId[] }
  /** The copy on this disk is not wanted any more. Never reaches the server; `below` as of `trash-local`. */
  | { readonly kind: 'dehydrate'; readonly id: NodeId; readonly below: readonly NodeId[] }
  /** To neither: both sides agree, and the synced tree follows. */
  | { readonly kind: 'settle'; readonly id: NodeId; readonly synced: SyncedEntry }
  | { readonly kind: 'forget'; readonly id: NodeId }
  /**
   * To neither, last of all: the local node gets a fresh id, under which it is new. Its children in the local and the
   * synced tree follow it, its own synced entry goes.
   */
  | { readonly kind: 'renew'; readonly id: NodeId }

export type OperationKind = Operation['kind']
