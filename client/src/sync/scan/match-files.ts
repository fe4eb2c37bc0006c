import type { NodeId } from '@cloudsync/protocol'
import { databaseOf } from '../model/database-of.ts'
import type { ContentName, Entry, EntryKind, LocalEntry } from '../model/entry.ts'
import type { WriteIntent } from '../model/intents.ts'
import { isSameNode, isSameState } from '../model/fingerprint.ts'
import { DiskError } from '../model/failures.ts'
import type { DiskItem, DiskPath } from '../ports.ts'
import { findGoneTexts } from './find-gone-texts.ts'
import { isGoneForLong } from './gone-hold.ts'
import { inodeOf, type KnownNodes } from './known-nodes.ts'
import { matchDisplaced } from './match-displaced.ts'
import { matchRewritten } from './match-rewritten.ts'
import { listWritten, matchWrites, missingWrites } from './match-writes.ts'
import {
  isAnotherSince,
  isNew,
  isUnread,
  maySayText,
  readFiles,
  type FileToRead,
} from './read-files.ts'
import type { ScanInput } from './scan.ts'
import { tellParts } from './tell-parts.ts'
import { isCalled, type FoundFile, type Walk } from './walk.ts'

export interface MatchedFiles {
  /** All that was found, folders too. */
  readonly found: ReadonlyMap<NodeId, LocalEntry>
  /** Ids of files that are nodes known by others, as it turned out when they were read. */
  readonly dropped: readonly NodeId[]
  readonly written: ReadonlySet<NodeId>
  readonly again: {
    readonly folders: readonly DiskPath[]
    /** Of new files without content: each may be one that is missing elsewhere. */
    readonly unreadSizes: ReadonlySet<number>
    /** Some files are being written, new ones or in the place of another, and may be any text. */
    readonly mayBeTexts: boolean
  }
}

/** Gives the files that were found their ids, and reads those that have to be. */
export async function matchFiles(
  input: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
): Promise<MatchedFiles> {
  const found = new Map(walk.found)
  const files: FileToRead[] = []
  const moving: DiskPath[] = []
  const twins = indexPlaced(input, walk)
  for (const file of walk.files) {
    const node = file.node ?? (await findMoved({ input, nodes, walk, twins, moving }, file))
    if (node === 'moving') moving.push(file.path.slice(0, -1))
    if (node === 'moving' || node === 'hold') continue
    if (!node && file.isIgnored) {
      walk.skipped.push({ path: file.path, reason: 'ignored' })
      continue
    }
    if (node) walk.claimed.add(node.id)
    const known = node && nodes.get(node.id)
    const isTentative = known?.content === null && !input.synced.has(known.id)
    if (known?.content != null && known.kind === file.item.kind && isUnchanged(known, file))
      found.set(known.id, placed(known, file, walk))
    else files.push({ file, node, isTentative, content: null, fingerprint: file.item.fingerprint })
  }
  const take = (id: NodeId, entry: FileToRead, writtenAs?: WriteIntent): LocalEntry => {
    const taken = entryOf(id, entry, { nodes, walk, writtenAs })
    walk.claimed.add(id)
    found.set(id, taken)
    if (entry.content === null && isNew(entry)) unreadSizes.add(entry.fingerprint.sizeBytes)
    return taken
  }
  const unreadSizes = new Set<number>()
  const goneTexts = await findGoneTexts(input, nodes, walk, files)
  const isAnyMoved = moving.length + goneTexts.length > 0
  const parts = isAnyMoved || files.length <= (input.parts?.files ?? 0) ? undefined : input.parts
  const { told, again: unread } =
    parts && isAllNew(input, nodes, walk, files)
      ? await tellParts({ input, walk, parts }, files, (entry) => take(input.createId(), entry))
      : { told: new Set<FileToRead>(), again: [] }
  const left = told.size === 0 ? files : files.filter((entry) => !told.has(entry))
  const read = await readFiles(input, walk, left)
  const { unsure, writtenAs, matchedAs, dropped, folders } = await matchRead(
    input,
    nodes,
    walk,
    left,
    goneTexts,
  )
  const again = [...moving, ...unread, ...read.again, ...folders]
  const mayBeTexts = files.some(
    (entry) => (isNew(entry) || unsure.has(entry)) && isUnread(walk, entry) && maySayText(entry),
  )
  for (const entry of left) {
    if (unsure.has(entry)) {
      if (entry.node) walk.kept.add(entry.node.id)
      again.push(entry.file.path.slice(0, -1))
      continue
    }
    const moved = matchedAs.get(entry)?.id
    if (moved && entry.node) dropped.push(entry.node.id)
    take(moved ?? entry.node?.id ?? input.createId(), entry, writtenAs.get(entry))
  }
  return {
    found,
    dropped,
    written: listWritten(input, found, writtenAs),
    again: { folders: again, unreadSizes, mayBeTexts },
  }
}

/** Nothing is missing that one of them could be, and no database is among them whose log is not taken up. */
function isAllNew(
  input: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
  files: readonly FileToRead[],
): boolean {
  if (files.some(({ node }) => node !== undefined) || (input.writes?.size ?? 0) > 0) return false
  const isAnyLog = walk.skipped.some(({ path }) => databaseOf(path.at(-1) ?? '') !== undefined)
  if (isAnyLog || walk.unknown.length > 0) return false
  return missingFiles(input, nodes, walk).length === 0
}

interface MatchedRead {
  /** Of these it is to be told yet which nodes they are. */
  readonly unsure: ReadonlySet<FileToRead>
  readonly writtenAs: ReadonlyMap<FileToRead, WriteIntent>
  /** Which nodes new files were before, those of `writtenAs` too. */
  readonly matchedAs: ReadonlyMap<FileToRead, { readonly id: NodeId }>
  readonly dropped: NodeId[]
  /** Where has to be looked again. */
  readonly folders: readonly DiskPath[]
}

/** Says by what is in files which nodes they were. */
async function matchRead(
  input: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
  files: readonly FileToRead[],
  goneTexts: readonly LocalEntry[],
): Promise<MatchedRead> {
  const { hasStableInodes } = input.traits
  const unsure = new Set(hasStableInodes ? files.filter(isAnotherSince) : [])
  const before = missingFiles(input, nodes, walk)
  const [dropped, again]: [NodeId[], DiskPath[]] = [[], []]
  const looked = { input, nodes, walk, unsure, dropped, again }
  const isAnyMatched = await matchDisplaced(looked, files, before)
  const fresh = files.filter(
    (entry) => isNew(entry) && entry.content !== null && !unsure.has(entry),
  )
  const writtenAs = await matchWrites(input, walk, fresh, unsure)
  const missed = isAnyMatched ? missingFiles(input, nodes, walk) : before
  const missing = [
    ...missed,
    ...goneTexts.filter((text) => !walk.claimed.has(text.id) && !missed.includes(text)),
    ...missingWrites(input, walk, writtenAs),
  ]
  const movedAs = matchContents(files, missing)
  const isMatched = new Set(movedAs.values())
  const rest = {
    fresh: fresh.filter((entry) => !movedAs.has(entry) && !writtenAs.has(entry)),
    missing: missing.filter((entry) => !isMatched.has(entry)),
  }
  const rewrittenAs = await matchRewritten(input, walk, rest, unsure)
  const matchedAs = new Map<FileToRead, { readonly id: NodeId }>([
    ...rewrittenAs,
    ...movedAs,
    ...writtenAs,
  ])
  for (const [entry, { id }] of matchedAs) {
    const intent = nodes.get(id) ? undefined : input.writes?.get(id)
    if (intent) writtenAs.set(entry, intent)
  }
  return { unsure, writtenAs, matchedAs, dropped, folders: again }
}

function isUnchanged(known: LocalEntry, { item }: FoundFile): boolean {
  return known.fingerprint !== null && isSameState(known.fingerprint, item.fingerprint)
}

/** The very object that was known, where nothing is new about it. */
function placed(known: LocalEntry, { parentId, item }: FoundFile, walk: Walk): LocalEntry {
  const names = walk.namesOf(item, known)
  const { isExecutable } = known.fingerprint ?? {}
  const isSameMode = isExecutable === item.fingerprint.isExecutable
  if (isSameMode && known.parentId === parentId && isCalled(known, names)) return known
  const { diskName: _, ...rest } = known
  return { ...rest, parentId, ...names, fingerprint: item.fingerprint }
}

function entryOf(
  id: NodeId,
  read: FileToRead,
  {
    nodes,
    walk,
    writtenAs,
  }: { nodes: KnownNodes; walk: Walk; writtenAs?: WriteIntent | undefined },
): LocalEntry {
  const { file, content, fingerprint } = read
  const known = nodes.get(id)
  const kind: EntryKind = file.item.kind === 'symlink' ? 'symlink' : 'file'
  const called = writtenAs ? { ...writtenAs, kind } : (known ?? read.node)
  const names = walk.namesOf(file.item, called)
  const { parentId } = file
  const isSame =
    known?.fingerprint &&
    known.kind === kind &&
    known.content === content &&
    known.parentId === parentId &&
    isCalled(known, names) &&
    isSameState(known.fingerprint, fingerprint) &&
    known.fingerprint.isExecutable === fingerprint.isExecutable
  return isSame ? known : { id, parentId, ...names, kind, content, fingerprint }
}

interface Finding {
  readonly input: ScanInput
  readonly nodes: KnownNodes
  readonly walk: Walk
  readonly twins: ReadonlyMap<string, FoundFile>
  /** Adds to it where has to be looked again. */
  readonly moving: DiskPath[]
}

/**
 * Which known file a new one was before it was renamed: the one of the same inode that is not where it was. `hold`: it
 * went to a name that is ignored, as when an editor puts it aside, and may be back at once. `moving`: it was seen at its
 * old place too, and is not there any more; or nobody can say whether it is, or what is there now.
 */
async function findMoved(
  { input, nodes, walk, twins, moving }: Finding,
  file: FoundFile,
): Promise<Entry | 'hold' | 'moving' | undefined> {
  const twin = twins.get(inodeOf(file.item.fingerprint))
  if (twin && (await input.disk.look(twin.path))?.kind !== twin.item.kind) return 'moving'
  const node = nodes.byInode(file.item.fingerprint)
  if (!node || node.kind !== file.item.kind) return undefined
  const isClaimed = walk.claimed.has(node.id)
  const isKept = walk.kept.has(node.id)
  if (isClaimed || isKept || !walk.visited.has(node.parentId)) {
    const path = walk.pathOf(node)
    const item = path && (await lookAt(input, path, isKept))
    if (item === 'unknown') return 'moving'
    if (path && item?.kind === node.kind) {
      if (isKept || !isUnseen(walk, node, item, file)) return undefined
      moving.push(path.slice(0, -1))
      return 'moving'
    }
    if (isClaimed) return 'moving'
  }
  if (file.isIgnored && !isGoneForLong(input, node.id)) return 'hold'
  return node
}

/**
 * Whether what lies in the place of a moved file is another one that came since that was looked at, if it was: of a second
 * name of that file, and of what was found there, it is told by what is in it.
 */
function isUnseen(walk: Walk, node: Entry, item: DiskItem, file: FoundFile): boolean {
  if (isSameNode(item.fingerprint, file.item.fingerprint)) return false
  const found = walk.found.get(node.id)?.fingerprint
  if (found) return !isSameNode(found, item.fingerprint)
  return !walk.claimed.has(node.id)
}

/**
 * What was found in the place of a known file, by inodes. One that was written anew and then moved while the folders are
 * listed is seen in both places, and known by neither.
 */
function indexPlaced({ traits }: ScanInput, { files }: Walk): ReadonlyMap<string, FoundFile> {
  const placed = new Map<string, FoundFile>()
  if (!traits.hasStableInodes) return placed
  for (const file of files) if (file.node) placed.set(inodeOf(file.item.fingerprint), file)
  return placed
}

/** `unknown`: it lies, or lay, where nothing can be seen at the moment. */
async function lookAt(
  { disk }: ScanInput,
  path: DiskPath,
  isKept: boolean,
): Promise<DiskItem | 'unknown' | undefined> {
  try {
    return await disk.look(path)
  } catch (error) {
    if (isKept && error instanceof DiskError) return 'unknown'
    throw error
  }
}

/** Files that are nowhere where it was looked. */
function missingFiles(
  { known, gone }: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
): readonly LocalEntry[] {
  const missing: LocalEntry[] = []
  const seen = new Set<NodeId>()
  const considerBelow = (entry: LocalEntry): void => {
    if (seen.has(entry.id) || walk.found.has(entry.id)) return
    seen.add(entry.id)
    const isHere = walk.claimed.has(entry.id) || walk.kept.has(entry.id)
    if (!isHere && entry.kind !== 'folder') missing.push(entry)
    if (entry.kind === 'folder')
      for (const child of nodes.childrenOf(entry.id)) considerBelow(child)
  }
  for (const folder of walk.visited)
    for (const child of nodes.childrenOf(folder)) considerBelow(child)
  for (const id of gone.keys()) {
    const entry = known.get(id)
    if (entry && !walk.claimed.has(id)) considerBelow(entry)
  }
  return missing
}

/** New files by the missing ones that had the same in them, where no other file of either kind has. */
function matchContents(
  files: readonly FileToRead[],
  missing: readonly LocalEntry[],
): ReadonlyMap<FileToRead, LocalEntry> {
  const byContent = new Map<string, LocalEntry | null>()
  for (const entry of missing) {
    if (entry.content === null || entry.fingerprint?.sizeBytes === 0) continue
    const key = matchKey(entry.kind, entry.content)
    byContent.set(key, byContent.has(key) ? null : entry)
  }
  const counts = countNew(files)
  const matches = new Map<FileToRead, LocalEntry>()
  for (const file of files) {
    const { content } = file
    if (!isNew(file) || content === null) continue
    const key = matchKey(file.file.item.kind, content)
    if (counts.get(key) !== 1) continue
    const entry = byContent.get(key)
    if (entry) matches.set(file, entry)
  }
  return matches
}

/** How many new files there are of each content. */
function countNew(files: readonly FileToRead[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const file of files) {
    const { content } = file
    if (!isNew(file) || content === null) continue
    const key = matchKey(file.file.item.kind, content)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** A file that says what a link points to is another thing. */
function matchKey(kind: DiskItem['kind'], content: ContentName): string {
  return `${kind} ${content}`
}
