import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry, SyncedEntry, Tree } from '../model/entry.ts'
import type { FileSystemTraits } from '../model/file-system-traits.ts'
import type { PlaceIntent, WriteIntent } from '../model/intents.ts'
import type { Disk, DiskPath, OtherReason } from '../ports.ts'
import { findMissing } from './find-missing.ts'
import { goneHoldMs } from './gone-hold.ts'
import { KnownNodes } from './known-nodes.ts'
import { matchFiles } from './match-files.ts'
import { Walk } from './walk.ts'

export interface ScanInput {
  readonly disk: Pick<Disk, 'list' | 'look' | 'hash' | 'read'>
  /** Of the linked folder itself. */
  readonly rootId: NodeId
  /** The local tree as the last scan left it, with what the engine wrote since. */
  readonly known: Tree<LocalEntry>
  /** Gives nodes that come back at their place their ids again. */
  readonly synced: Tree<SyncedEntry>
  /** What was sent to the server, which may have it. */
  readonly sends?: { readonly has: (id: NodeId) => boolean }
  /** Files that were about to be put in their places, of which nobody knows whether they were. */
  readonly writes?: ReadonlyMap<NodeId, WriteIntent>
  /** Where nodes were about to be put: a new folder there is that one. */
  readonly places?: ReadonlyMap<NodeId, PlaceIntent>
  /** `gone` of the last scan, as it was given. Empty at first. */
  readonly gone: ReadonlyMap<NodeId, number>
  /** Only these folders, and below them what is new there. All, when it is left out. */
  readonly folders?: readonly DiskPath[] | undefined
  readonly traits: Pick<
    FileSystemTraits,
    'isCaseInsensitive' | 'isNormalizing' | 'timeGranularityMs' | 'hasStableInodes'
  > &
    Partial<Pick<FileSystemTraits, 'maxNameBytes' | 'hasSymlinks'>>
  /** Places that are not synced here (selective sync): neither looked at, nor ever taken for gone. */
  readonly isExcluded?: (path: DiskPath) => boolean
  /** What a file said, if it is a live text, when it was last brought together with the server's, or was to say. */
  readonly textOf?: (id: NodeId) => string | undefined
  /** Whether the server has it as a live text. To be asked of very many. */
  readonly isText?: (id: NodeId) => boolean
  /** By the clock that the disk's times are of. Milliseconds since 1970. */
  readonly now: () => number
  readonly createId: () => NodeId
  /** How much is read at most in one scan; what is left has no content yet. Default: 1 GiB. */
  readonly maxReadBytes?: number
  readonly parts?: ScanParts
  readonly signal?: AbortSignal
}

/**
 * Hears of much that is new while the rest is looked at, where it can be nothing that was known: the files of some
 * folders at a time, with the folders that lead to them. What was told counts as known, and is not told again.
 */
export interface ScanParts {
  /** About so many files at a time. */
  readonly files: number
  readonly tell: (entries: readonly LocalEntry[]) => void
}

export { goneHoldMs }

export interface ScanResult {
  /** What is on the disk now, by the `known` of then. Entries that did not change are the very objects of `known`. */
  readonly local: Tree<LocalEntry>
  /** Entries of `local` that are new or other ones than in `known`. */
  readonly changed: readonly LocalEntry[]
  /** Nodes of `known` that have been missing for `goneHoldMs` (`hiddenHoldMs` where something cannot be read), or whose place another node has, with all below them. */
  readonly removed: readonly NodeId[]
  /**
   * Missing, and still in `local`, by when they were first. Scan all after `goneHoldMs`: then they are either found
   * elsewhere or removed. A scan of some folders may find them elsewhere, and removes none.
   */
  readonly gone: ReadonlyMap<NodeId, number>
  /** Folders of which something was missing, or is being written, or was not read yet. */
  readonly again: readonly DiskPath[]
  /** Those of `writes` that were put in their places. */
  readonly written: ReadonlySet<NodeId>
  /** Could not be read. Everything below such a folder is kept as it was known. */
  readonly unknown: readonly UnknownPlace[]
  /** Folders are among them, so that what is missing may be there. */
  readonly hidesFolders: boolean
  /** What lies there and is not synced. */
  readonly skipped: readonly SkippedItem[]
  /** Of which folders `skipped` tells; of all, where it is left out. */
  readonly listed: readonly DiskPath[] | undefined
}

export interface UnknownPlace {
  readonly path: DiskPath
  /** Of the `DiskError`. */
  readonly code: string
}

export interface SkippedItem {
  readonly path: DiskPath
  /** `ignored` by a rule, or `name`: the server can have no such name (`findNameFault` says why). */
  readonly reason: OtherReason | 'ignored' | 'name'
}

/**
 * Looks at the disk and says what is there, each node with the id that it has had. Reads what is new or changed, and
 * nothing else; what changes while it is read, or changed so lately that another change could not be told from this
 * one, has `content: null` and its folder is in `again`.
 *
 * A folder is known again by its inode, and by its place where there is none to be found; a file by its place, as editors
 * replace files by new ones, then by its inode, then by its content if just one missing file had that,
 * and a live text by its lines. What lies in the place of a live text and has nothing of it is that text only if it is
 * nowhere else.
 */
export async function scan(input: ScanInput): Promise<ScanResult> {
  const nodes = new KnownNodes(input)
  const walk = new Walk(input, nodes)
  await walk.run()
  const { dropped, written, again } = await matchFiles(input, nodes, walk)
  const { found } = walk
  const missing = findMissing({
    input,
    nodes,
    walk,
    dropped: new Set(dropped),
    unread: again,
  })
  // Where hints leave out what they should not, everything is looked at.
  if (input.folders && (missing.isAnyDisplaced || hasCycle(input, found)))
    return scan({ ...input, folders: undefined })

  const isChanged = (entry: LocalEntry): boolean => input.known.get(entry.id) !== entry
  const changed = found.values().filter(isChanged).toArray()
  const { removed } = missing
  return {
    get local() {
      return after(input.known, changed, removed)
    },
    changed,
    removed,
    written,
    gone: missing.gone,
    again: distinct([...again.folders, ...missing.folders]),
    unknown: walk.unknown,
    hidesFolders: walk.hidesFolders,
    skipped: walk.skipped,
    listed: input.folders && walk.listed,
  }
}

function after(
  known: Tree<LocalEntry>,
  changed: readonly LocalEntry[],
  removed: readonly NodeId[],
): Tree<LocalEntry> {
  const local = new Map(known)
  for (const id of removed) local.delete(id)
  for (const entry of changed) local.set(entry.id, entry)
  return local
}

function hasCycle({ known, rootId }: ScanInput, found: Tree<LocalEntry>): boolean {
  for (const entry of found.values()) {
    if (entry.kind !== 'folder' || known.get(entry.id)?.parentId === entry.parentId) continue
    let at: LocalEntry | undefined = entry
    for (let depth = 0; at && at.parentId !== rootId; depth++) {
      at = found.get(at.parentId) ?? known.get(at.parentId)
      if (at?.id === entry.id || depth > known.size + found.size) return true
    }
  }
  return false
}

function distinct(paths: readonly DiskPath[]): DiskPath[] {
  return [...new Map(paths.map((path) => [path.join('/'), path])).values()]
}
