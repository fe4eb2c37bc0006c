import type { Space } from '@cloudsync/protocol'
import { formatSize } from '../files/format.ts'

export interface UsageDescription {
  readonly text: string
  readonly tone: 'quiet' | 'warn' | 'danger'
}

const warnShare = 0.9

/** How full a space is, in words: `3.2 GB of 10 GB used`. */
export function describeUsage({
  usedBytes,
  quotaBytes,
}: Pick<Space, 'usedBytes' | 'quotaBytes'>): UsageDescription {
  const used = formatSize(Math.max(0, usedBytes))
  if (quotaBytes === null) return { text: `${used} used`, tone: 'quiet' }
  const text = `${used} of ${formatSize(quotaBytes)} used`
  if (usedBytes >= quotaBytes) return { text, tone: 'danger' }
  return { text, tone: usedBytes >= quotaBytes * warnShare ? 'warn' : 'quiet' }
}
