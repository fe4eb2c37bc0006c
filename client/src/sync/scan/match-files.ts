import type { NodeId } from '@cloudsync/protocol'
import { databaseOf } from '../model/database-of.ts'
import type { ContentName, EntryKind, LocalEntry } from '../model/entry.ts'
import type { WriteIntent } from '../model/intents.ts'
import { isSameState } from '../model/fingerprint.ts'
import type { DiskItem, DiskPath } from '../ports.ts'
import { isUnreadable } from './displaced/never-read.ts'
import { findGoneTexts } from './find-gone-texts.ts'
import type { KnownNodes } from './known-nodes.ts'
import { listToRead } from './list-to-read.ts'
import { matchDisplaced } from './match-displaced.ts'
import { matchRewritten } from './match-rewritten.ts'
import { listWritten, matchWrites, missingWrites } from './match-writes.ts'
import { isAnotherSince, isNew, maySayText, readFiles, type FileToRead } from './read-files.ts'
import type { ScanInput } from './scan.ts'
import { tellParts } from './tell-parts.ts'
import { isCalled, type Walk } from './walk.ts'

export interface MatchedFiles {
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

/** Gives the files that were found their ids, and reads those that have to be: then `walk.found` has all of them. */
export async function matchFiles(
  input: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
): Promise<MatchedFiles> {
  const { files, moving } = await listToRead(input, nodes, walk)
  const unreadSizes = new Set<number>()
  let mayBeTexts = false
  const take = (id: NodeId, entry: FileToRead, writtenAs?: WriteIntent): LocalEntry => {
    const taken = entryOf(id, entry, { nodes, walk, writtenAs })
    walk.found.set(id, taken)
    if (entry.content === null && isNew(entry)) unreadSizes.add(entry.fingerprint.sizeBytes)
    return taken
  }
  const goneTexts = await findGoneTexts(input, nodes, walk, files)
  const isAnyMoved = moving.length + goneTexts.length > 0
  const parts = isAnyMoved || files.length <= (input.parts?.files ?? 0) ? undefined : input.parts
  const takeNew = (entry: FileToRead): LocalEntry => {
    mayBeTexts ||= mayBeText({ input, walk }, entry)
    return take(input.createId(), entry)
  }
  const isTold = parts !== undefined && isAllNew(input, nodes, walk, files)
  const unread = isTold ? await tellParts({ input, walk, parts }, files, takeNew) : []
  const read = await readFiles(input, walk, files)
  const { unsure, writtenAs, matchedAs, dropped, folders } = await matchRead(
    input,
    nodes,
    walk,
    files,
    goneTexts,
  )
  const again = [...moving, ...unread, ...read.again, ...folders]
  mayBeTexts ||= files.some((entry) => mayBeText({ input, walk }, entry, unsure.has(entry)))
  for (const entry of files) {
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
    dropped,
    written: listWritten(input, walk.found, writtenAs),
    again: { folders: again, unreadSizes, mayBeTexts },
  }
}

/** What the disk fails to read now is read later, if not where nobody may. */
function mayBeText(
  looked: { readonly input: ScanInput; readonly walk: Walk },
  entry: FileToRead,
  isUnsure = false,
): boolean {
  const isUnread = entry.file.item.kind === 'file' && entry.content === null
  if (!isUnread || isUnreadable(looked, entry)) return false
  return (isNew(entry) || isUnsure) && maySayText(entry)
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
  const { name, diskName } = names
  const { parentId } = file
  const isSame =
    known?.fingerprint &&
    known.kind === kind &&
    known.content === content &&
    known.parentId === parentId &&
    isCalled(known, names) &&
    isSameState(known.fingerprint, fingerprint) &&
    known.fingerprint.isExecutable === fingerprint.isExecutable
  if (isSame) return known
  // By one literal: of a hundred thousand the rest of each would lie in an object of its own.
  if (diskName === undefined) return { id, parentId, name, kind, content, fingerprint }
  return { id, parentId, name, diskName, kind, content, fingerprint }
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
