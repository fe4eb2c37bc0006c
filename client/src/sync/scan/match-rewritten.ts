import { decodeText, openTextLimits } from '@cloudsync/crdt'
import type { LocalEntry } from '../model/entry.ts'
import { DiskError } from '../model/failures.ts'
import type { FileToRead } from './read-files.ts'
import type { ScanInput } from './scan.ts'

/** Of more files than so many it would take long, and say little. */
const maxFiles = 100

/**
 * Which missing text a new file was, before it was renamed and then saved by an editor that replaces files: the one of
 * which the new one has most lines, if that is but one, and no other new file has them too.
 */
export async function matchRewritten(
  input: ScanInput,
  fresh: readonly FileToRead[],
  missing: readonly LocalEntry[],
): Promise<ReadonlyMap<FileToRead, LocalEntry>> {
  const matches = new Map<FileToRead, LocalEntry>()
  const before: { entry: LocalEntry; lines: readonly string[] }[] = []
  for (const entry of missing.slice(0, maxFiles)) {
    const text = input.textOf?.(entry.id)
    if (text !== undefined) before.push({ entry, lines: linesOf(text) })
  }
  if (before.length === 0) return matches
  const byMissing = new Map<LocalEntry, FileToRead[]>()
  const counts = new Map<FileToRead, number>()
  for (const file of fresh.slice(0, maxFiles)) {
    const text = await readText(input, file)
    if (text === undefined) continue
    const lines = linesOf(text)
    for (const { entry } of before.filter((one) => isAlike(one.lines, lines))) {
      byMissing.set(entry, [...(byMissing.get(entry) ?? []), file])
      counts.set(file, (counts.get(file) ?? 0) + 1)
    }
  }
  for (const [entry, [file, other]] of byMissing)
    if (file && !other && counts.get(file) === 1) matches.set(file, entry)
  return matches
}

export async function readText(
  { disk }: ScanInput,
  entry: FileToRead,
): Promise<string | undefined> {
  if (entry.file.item.kind !== 'file') return undefined
  if (entry.fingerprint.sizeBytes > openTextLimits.maxBytes) return undefined
  const parts: Uint8Array[] = []
  try {
    for await (const part of disk.read(entry.file.path, entry.fingerprint)) parts.push(part)
  } catch (error) {
    if (error instanceof DiskError) return undefined
    throw error
  }
  const decoded = decodeText(Buffer.concat(parts), openTextLimits)
  return decoded.kind === 'text' ? decoded.text : undefined
}

export const linesOf = (text: string): readonly string[] => text.split(/\r?\n/)

/** Half of what was there is still there, and is not lost in what came. */
export function isAlike(before: readonly string[], after: readonly string[]): boolean {
  const left = new Map<string, number>()
  for (const line of after) left.set(line, (left.get(line) ?? 0) + 1)
  let shared = 0
  for (const line of before) {
    const count = left.get(line) ?? 0
    if (count > 0) shared += line.length
    left.set(line, count - 1)
  }
  return shared > 0 && shared * 2 >= lengthOf(before) && shared * 10 >= lengthOf(after)
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0)
}
