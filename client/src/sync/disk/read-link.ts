import { readlinkSync, type BigIntStats } from 'node:fs'
import { statFileNow } from './stat-file.ts'

/**
 * What a link points to, as it lies there; it is not followed. `undefined` where that is no text, or where another one
 * was put there just now. A link is never changed, so that the same node has the same target.
 */
export function readLink(place: string | Buffer, stats: BigIntStats): string | undefined {
  const bytes = readlinkSync(place, { encoding: 'buffer' })
  if (statFileNow(place)?.ino !== stats.ino) return undefined
  const target = bytes.toString('utf8')
  return Buffer.from(target).equals(bytes) ? target : undefined
}
