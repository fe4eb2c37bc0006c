import { decodeText, openTextLimits } from '@cloudsync/crdt'
import { DiskError } from '../model/failures.ts'
import type { FileToRead } from './read-files.ts'
import type { ScanInput } from './scan.ts'
import type { Walk } from './walk.ts'

export type ReadText =
  | { readonly kind: 'text'; readonly lines: readonly string[] }
  | { readonly kind: 'no-text' }
  /** It is being moved or written just now, so that nothing may be concluded. */
  | { readonly kind: 'later' }

const passingCodes: ReadonlySet<string> = new Set(['changed', 'ENOENT'])

export async function readText(
  { disk }: ScanInput,
  walk: Walk,
  { file: { item, path }, fingerprint }: FileToRead,
): Promise<ReadText> {
  if (item.kind !== 'file' || fingerprint.sizeBytes > openTextLimits.maxBytes)
    return { kind: 'no-text' }
  const parts: Uint8Array[] = []
  try {
    for await (const part of disk.read(path, fingerprint)) parts.push(part)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    if (!passingCodes.has(error.code)) walk.unknown.push({ path, code: error.code })
    return { kind: 'later' }
  }
  const decoded = decodeText(Buffer.concat(parts), openTextLimits)
  return decoded.kind === 'text'
    ? { kind: 'text', lines: linesOf(decoded.text) }
    : { kind: 'no-text' }
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
