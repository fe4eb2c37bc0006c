import { hiddenHoldMs } from '../gone-hold.ts'
import { unreadableCode, type FileToRead } from '../read-files.ts'
import type { Looked } from './looked.ts'

/** Of a file that nobody here may read is told no more later. Other failures pass. */
const lastingCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

export function isUnreadable({ walk }: Pick<Looked, 'walk'>, file: FileToRead): boolean {
  return lastingCodes.has(unreadableCode(walk, file) ?? '')
}

/** Nothing waits for ever for what is written again and again, or fails each time. */
export function isNeverRead(looked: Pick<Looked, 'input' | 'walk'>, file: FileToRead): boolean {
  const madeMs = Number(BigInt(file.fingerprint.bornNs) / 1_000_000n)
  const isOld = madeMs > 0 && looked.input.now() - madeMs >= hiddenHoldMs
  return file.content === null && (isOld || isUnreadable(looked, file))
}
