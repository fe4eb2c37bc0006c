import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf, type LocalEntry } from '../model/entry.ts'
import { isThatFile, type WriteIntent } from '../model/intents.ts'
import { isAlike, linesOf, readText } from './match-rewritten.ts'
import type { FileToRead } from './read-files.ts'
import type { ScanInput } from './scan.ts'
import type { Walk } from './walk.ts'

/**
 * Which new files are those that were about to be written, but for those that are known by their inodes: what lies at
 * such a place with what was to be written, or with most of its lines where an editor has replaced it since.
 */
export async function matchWrites(
  input: ScanInput,
  walk: Walk,
  fresh: readonly FileToRead[],
): Promise<ReadonlyMap<FileToRead, WriteIntent>> {
  const matches = new Map<FileToRead, WriteIntent>()
  const open = [...(input.writes?.values() ?? [])].filter(
    ({ id }) => !input.known.has(id) && !walk.claimed.has(id),
  )
  if (open.length === 0) return matches
  const byPlace = new Map(
    open.map((intent) => [placeKey(intent.parentId, diskNameOf(intent)), intent]),
  )
  for (const file of fresh) {
    const { parentId, item } = file.file
    const intent = byPlace.get(placeKey(parentId, walk.namesOf(item, undefined).name))
    if (intent && (await isMadeOf(input, intent, file))) matches.set(file, intent)
  }
  return matches
}

/** Files that are there as they were to be written, whatever somebody has made of them since. */
export function listWritten(
  { writes }: ScanInput,
  found: ReadonlyMap<NodeId, LocalEntry>,
  matched: ReadonlyMap<FileToRead, WriteIntent>,
): ReadonlySet<NodeId> {
  const written = new Set([...matched.values()].map(({ id }) => id))
  for (const intent of writes?.values() ?? []) {
    const entry = found.get(intent.id)
    if (!entry?.fingerprint) continue
    if (entry.content === intent.content || isThatFile(intent, entry.fingerprint))
      written.add(intent.id)
  }
  return written
}

async function isMadeOf(input: ScanInput, intent: WriteIntent, file: FileToRead): Promise<boolean> {
  if ((intent.kind ?? 'file') !== file.file.item.kind) return false
  if (file.content === intent.content) return true
  const [before, after] = [input.textOf?.(intent.id), await readText(input, file)]
  if (before === undefined || after === undefined) return false
  return isAlike(linesOf(before), linesOf(after))
}

function placeKey(parentId: NodeId, name: string): string {
  return `${parentId}/${name}`
}
