import { diskNameOf, type LocalEntry } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import type { DiskPath } from '../ports.ts'
import type { KnownNodes } from './known-nodes.ts'
import { isNew, maySayText, type FileToRead } from './read-files.ts'
import type { ScanInput } from './scan.ts'
import type { Walk } from './walk.ts'

/** Whatever is looked for, what came waits for it. */
const maxLooks = 100

/**
 * Texts that are gone from a folder that was not looked at, or could not be, where a file came that may be one of them. One
 * that was moved and written anew by an editor is known by its lines alone, and only where it is missed; hints of both
 * folders need not come together.
 */
export async function findGoneTexts(
  input: ScanInput,
  nodes: KnownNodes,
  walk: Walk,
  files: readonly FileToRead[],
): Promise<readonly LocalEntry[]> {
  if (!input.folders && walk.unknown.length === 0) return []
  const gone: LocalEntry[] = []
  for (const entry of listTexts(input, walk, namesThatCame(nodes, files))) {
    const path = walk.pathOf(entry)
    if (path && (await isGone(input, path))) gone.push(entry)
  }
  return gone.filter(({ id }) => input.textOf?.(id) !== undefined)
}

/** Those that are called as a file that came first, as most that are moved keep their names. */
function listTexts(
  input: ScanInput,
  walk: Walk,
  names: ReadonlySet<string>,
): readonly LocalEntry[] {
  const [called, others]: [LocalEntry[], LocalEntry[]] = [[], []]
  for (const entry of names.size === 0 ? [] : input.known.values()) {
    if (entry.kind !== 'file' || called.length === maxLooks) continue
    const list = names.has(diskNameOf(entry)) ? called : others
    if (list === others && (others.length === maxLooks || !input.isText?.(entry.id))) continue
    if (walk.visited.has(entry.parentId) || walk.claimed.has(entry.id)) continue
    list.push(entry)
  }
  return [...called, ...others].slice(0, maxLooks)
}

function namesThatCame(nodes: KnownNodes, files: readonly FileToRead[]): ReadonlySet<string> {
  const came = files.filter((file) => {
    const isFile = file.file.item.kind === 'file' && maySayText(file)
    const byInode = nodes.byInode(file.fingerprint)
    // What could not be read when it came is known by its place meanwhile.
    return isFile && isNew(file) && (!byInode || byInode.id === file.node?.id)
  })
  return new Set(came.map(({ file }) => file.item.name))
}

async function isGone({ disk }: Pick<ScanInput, 'disk'>, path: DiskPath): Promise<boolean> {
  try {
    return (await disk.look(path)) === undefined
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return false
  }
}
