import { hiddenHoldMs } from '../gone-hold.ts'
import { unreadableCode, type FileToRead } from '../read-files.ts'
import type { Looked } from './looked.ts'

/** Of a file that nobody here may read is told no more later. Other failures pass. */
const lastingCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])
/** Some refuse for a moment, as while a program gives a file its rights, or looks for viruses in it. */
const passingMs = 60_000

export function isUnreadable(
  { input, walk }: Pick<Looked, 'input' | 'walk'>,
  file: FileToRead,
): boolean {
  if (!lastingCodes.has(unreadableCode(walk, file) ?? '')) return false
  return input.now() - Number(BigInt(file.fingerprint.changedNs) / 1_000_000n) >= passingMs
}

/** Nothing waits for ever for what is written again and again, or fails each time. */
export function isNeverRead(looked: Pick<Looked, 'input' | 'walk'>, file: FileToRead): boolean {
  const madeMs = Number(BigInt(file.fingerprint.bornNs) / 1_000_000n)
  const isOld = madeMs > 0 && looked.input.now() - madeMs >= hiddenHoldMs
  return file.content === null && (isOld || isUnreadable(looked, file))
}
