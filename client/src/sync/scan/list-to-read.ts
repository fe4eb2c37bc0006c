import type { Entry, LocalEntry } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import { isSameNode, isSameState } from '../model/fingerprint.ts'
import type { DiskItem, DiskPath } from '../ports.ts'
import { isGoneForLong } from './gone-hold.ts'
import { inodeOf, type KnownNodes } from './known-nodes.ts'
import type { FileToRead } from './read-files.ts'
import type { ScanInput } from './scan.ts'
import { isCalled, type FoundFile, type Walk } from './walk.ts'

interface ListToRead {
  readonly files: FileToRead[]
  /** Where has to be looked again for what is being moved. */
  readonly moving: readonly DiskPath[]
}

/** Takes the files from the walk, says which nodes they are by place and inode, and lists those that have to be read. */
export async function listToRead(
  input: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
): Promise<ListToRead> {
  const files: FileToRead[] = []
  const moving: DiskPath[] = []
  const unchanged: LocalEntry[] = []
  const taken = walk.takeFiles()
  const twins = indexPlaced(input, taken)
  for (const file of taken) {
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
      unchanged.push(placed(known, file, walk))
    else files.push({ file, node, isTentative, content: null, fingerprint: file.item.fingerprint })
  }
  // Only now: what the walk has found by itself tells what came since.
  for (const entry of unchanged) walk.found.set(entry.id, entry)
  return { files, moving }
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
function indexPlaced(
  { traits }: ScanInput,
  files: readonly FoundFile[],
): ReadonlyMap<string, FoundFile> {
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
