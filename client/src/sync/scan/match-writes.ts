import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf, type LocalEntry } from '../model/entry.ts'
import { isThatFile, type WriteIntent } from '../model/intents.ts'
import type { FileToRead } from './read-files.ts'
import { isAlike, linesOf, readText } from './read-text.ts'
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
  unsure: Set<FileToRead>,
): Promise<Map<FileToRead, WriteIntent>> {
  const matches = new Map<FileToRead, WriteIntent>()
  const open = openWrites(input, walk)
  if (open.length === 0) return matches
  const byPlace = new Map(
    open.map((intent) => [placeKey(intent.parentId, diskNameOf(intent)), intent]),
  )
  for (const file of fresh) {
    const { parentId, item } = file.file
    const intent = byPlace.get(placeKey(parentId, walk.namesOf(item, undefined).name))
    const isMade = intent && (await isMadeOf(input, walk, intent, file))
    if (isMade === 'later') unsure.add(file)
    else if (isMade) matches.set(file, intent)
  }
  return matches
}

/** Files that are not known of those that were about to be written, unless they are known by their inodes. */
function openWrites({ writes, known }: ScanInput, walk: Walk): readonly WriteIntent[] {
  return [...(writes?.values() ?? [])].filter(({ id }) => !known.has(id) && !walk.claimed.has(id))
}

/** Those that were written, if they were, and have been moved since: they are nowhere where it was looked. */
export function missingWrites(
  input: ScanInput,
  walk: Walk,
  matched: ReadonlyMap<FileToRead, WriteIntent>,
): readonly LocalEntry[] {
  const found = new Set([...matched.values()].map(({ id }) => id))
  return openWrites(input, walk)
    .filter(({ id, parentId }) => !found.has(id) && walk.visited.has(parentId))
    .map(({ remoteContent: _former, ...named }) => ({ ...named, kind: 'file' }))
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

async function isMadeOf(
  input: ScanInput,
  walk: Walk,
  intent: WriteIntent,
  file: FileToRead,
): Promise<boolean | 'later'> {
  if ((intent.kind ?? 'file') !== file.file.item.kind) return false
  if (file.content === intent.content) return true
  const before = input.textOf?.(intent.id)
  if (before === undefined) return false
  const after = await readText(input, walk, file)
  if (after.kind === 'later') return 'later'
  return after.kind === 'text' && isAlike(linesOf(before), after.lines)
}

function placeKey(parentId: NodeId, name: string): string {
  return `${parentId}/${name}`
}
