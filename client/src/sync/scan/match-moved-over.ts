import type { LocalEntry } from '../model/entry.ts'
import type { KnownNodes, NamedEntry } from './known-nodes.ts'
import { missingTexts, type MissingText } from './match-rewritten.ts'
import type { FileToRead } from './read-files.ts'
import { isAlike, linesOf, readText } from './read-text.ts'
import type { ScanInput } from './scan.ts'
import type { Walk } from './walk.ts'

interface Looked {
  readonly input: ScanInput
  readonly nodes: KnownNodes
  readonly walk: Walk
  /** Adds to it the files of which it is to be told yet; they and what they may be are left as they were known. */
  readonly unsure: Set<FileToRead>
}

/**
 * Texts that lie where another one was, and are no new version of that one: somebody has moved them there. Editors too
 * replace a file by another one, but then it has lines of the former. Gives them the nodes that they were before, whose
 * words would else be in two texts if the moved one is brought back elsewhere: by their inodes, and by their lines where
 * an editor has replaced them since. Says whether there were any.
 */
export async function matchMovedOver(
  looked: Looked,
  files: readonly FileToRead[],
  missing: readonly LocalEntry[],
): Promise<boolean> {
  let isAny = false
  let all: readonly MissingText[] | undefined
  for (const entry of files) {
    const { node, content } = entry
    if (!node) continue
    const byInode = await findByInode(looked, entry)
    if (content === null) {
      if (byInode) leave(looked, entry, [node, byInode])
      continue
    }
    const { input } = looked
    const texts = byInode
      ? missingTexts(input, [byInode])
      : (all ??= missingTexts(input, missing.filter(isShared(looked))))
    const moved = await findMoved(looked, entry, node, texts)
    if (!moved) continue
    looked.walk.claimed.delete(node.id)
    looked.walk.claimed.add(moved.id)
    entry.node = moved
    isAny = true
  }
  return isAny
}

/** Which text it was before by its inode, where that is another one than the one of this place. */
async function findByInode(
  looked: Looked,
  { node, fingerprint }: FileToRead,
): Promise<LocalEntry | undefined> {
  const { input, nodes } = looked
  const moved = nodes.byInode(fingerprint)
  if (node?.kind !== 'file' || moved?.kind !== 'file' || moved.id === node.id) return undefined
  if (!isShared(looked)(moved) || input.textOf?.(moved.id) === undefined) return undefined
  return (await isAway(looked, moved)) ? moved : undefined
}

/** Both sides know it, and it was not found elsewhere. */
const isShared =
  ({ input, walk }: Looked) =>
  ({ id }: LocalEntry): boolean =>
    !walk.claimed.has(id) &&
    !walk.kept.has(id) &&
    (input.synced.has(id) || input.sends?.has(id) === true)

async function findMoved(
  looked: Looked,
  entry: FileToRead,
  node: NamedEntry,
  texts: readonly MissingText[],
): Promise<LocalEntry | undefined> {
  const { input, walk } = looked
  const former = texts.length === 0 ? undefined : input.textOf?.(node.id)
  if (former === undefined) return undefined
  const read = await readText(input, walk, entry)
  if (read.kind === 'later') leave(looked, entry, [node, ...texts.map((text) => text.entry)])
  if (read.kind !== 'text' || isAlike(linesOf(former), read.lines)) return undefined
  const [moved, another] = texts
    .filter((text) => isShared(looked)(text.entry) && isAlike(text.lines, read.lines))
    .map((text) => text.entry)
  return moved && !another && (await isAway(looked, moved)) ? moved : undefined
}

function leave(
  { walk, unsure }: Looked,
  entry: FileToRead,
  nodes: readonly { readonly id: LocalEntry['id'] }[],
): void {
  for (const { id } of nodes) walk.kept.add(id)
  unsure.add(entry)
}

/** No file is at its old place, of which this one may be a second name. */
async function isAway({ input, walk }: Looked, moved: LocalEntry): Promise<boolean> {
  const path = walk.pathOf(moved)
  return path === undefined || (await input.disk.look(path))?.kind !== 'file'
}
