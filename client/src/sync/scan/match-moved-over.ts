import type { LocalEntry } from '../model/entry.ts'
import type { KnownNodes, NamedEntry } from './known-nodes.ts'
import { isAlike, linesOf, readText } from './match-rewritten.ts'
import type { FileToRead } from './read-files.ts'
import type { ScanInput } from './scan.ts'
import type { Walk } from './walk.ts'

/**
 * Texts that lie where another one was, and are no new version of that one: somebody has moved them there. Editors too
 * replace a file by another one, but then it has lines of the former. Gives them the nodes that they were before, whose
 * words would else be in two texts if the moved one is brought back elsewhere. Returns the files of which that is to be
 * told yet; they and the nodes that they may be are left as they were known.
 */
export async function matchMovedOver(
  input: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
  files: readonly FileToRead[],
): Promise<ReadonlySet<FileToRead>> {
  const unsure = new Set<FileToRead>()
  for (const entry of files) {
    const { node } = entry
    const moved = node && (await findOther(input, nodes, walk, entry))
    if (!moved) continue
    if (entry.content === null) {
      for (const { id } of [node, moved]) walk.kept.add(id)
      unsure.add(entry)
    } else if (await isMoved(input, entry, node, moved)) {
      walk.claimed.delete(node.id)
      walk.claimed.add(moved.id)
      entry.node = moved
    }
  }
  return unsure
}

/** Which text it was before, where that is another one than the one of this place. */
async function findOther(
  input: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
  { node, fingerprint }: FileToRead,
): Promise<LocalEntry | undefined> {
  const moved = nodes.byInode(fingerprint)
  if (node?.kind !== 'file' || moved?.kind !== 'file' || moved.id === node.id) return undefined
  const isHere = walk.claimed.has(moved.id) || walk.kept.has(moved.id)
  const isShared = input.synced.has(moved.id) || input.sends?.has(moved.id) === true
  if (isHere || !isShared || input.textOf?.(moved.id) === undefined) return undefined
  return (await isThere(input, walk, moved)) ? undefined : moved
}

async function isMoved(
  input: ScanInput,
  entry: FileToRead,
  node: NamedEntry,
  moved: LocalEntry,
): Promise<boolean> {
  const [former, own] = [input.textOf?.(node.id), input.textOf?.(moved.id)]
  if (former === undefined || own === undefined) return false
  const text = await readText(input, entry)
  if (text === undefined || isAlike(linesOf(former), linesOf(text))) return false
  return isAlike(linesOf(own), linesOf(text))
}

/** A file is at its old place, of which this one may be a second name. */
async function isThere({ disk }: ScanInput, walk: Walk, moved: LocalEntry): Promise<boolean> {
  const path = walk.pathOf(moved)
  return path !== undefined && (await disk.look(path))?.kind === 'file'
}
