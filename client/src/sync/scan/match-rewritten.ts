import type { LocalEntry } from '../model/entry.ts'
import type { FileToRead } from './read-files.ts'
import { isAlike, linesOf, readText } from './read-text.ts'
import type { ScanInput } from './scan.ts'
import type { Walk } from './walk.ts'

/** Of more files than so many it would take long, and say little. */
export const maxTexts = 100

export interface MissingText {
  readonly entry: LocalEntry
  readonly lines: readonly string[]
}

/** What the missing texts said, of not more than is of use. */
export function missingTexts(
  { textOf }: Pick<ScanInput, 'textOf'>,
  missing: readonly LocalEntry[],
): readonly MissingText[] {
  return missing.slice(0, maxTexts).flatMap((entry) => {
    const text = textOf?.(entry.id)
    return text === undefined ? [] : [{ entry, lines: linesOf(text) }]
  })
}

/**
 * Which missing text a new file was, before it was renamed and then saved by an editor that replaces files: the one of
 * which the new one has most lines, if that is but one, and no other new file has them too. Adds to `unsure` the files of
 * which that is to be told yet.
 */
export async function matchRewritten(
  input: ScanInput,
  walk: Walk,
  { fresh, missing }: { fresh: readonly FileToRead[]; missing: readonly LocalEntry[] },
  unsure: Set<FileToRead>,
): Promise<ReadonlyMap<FileToRead, LocalEntry>> {
  const matches = new Map<FileToRead, LocalEntry>()
  const before = missingTexts(input, missing)
  if (before.length === 0) return matches
  const byMissing = new Map<LocalEntry, FileToRead[]>()
  const counts = new Map<FileToRead, number>()
  for (const file of fresh.slice(0, maxTexts)) {
    const text = await readText(input, walk, file)
    if (text.kind === 'later') {
      unsure.add(file)
      for (const { entry } of before) walk.kept.add(entry.id)
    }
    if (text.kind !== 'text') continue
    for (const { entry } of before.filter(({ lines }) => isAlike(lines, text.lines))) {
      byMissing.set(entry, [...(byMissing.get(entry) ?? []), file])
      counts.set(file, (counts.get(file) ?? 0) + 1)
    }
  }
  for (const [entry, [file, other]] of byMissing)
    if (file && !other && counts.get(file) === 1) matches.set(file, entry)
  return matches
}
