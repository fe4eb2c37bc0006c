import type { BaseRange } from './delta-format.ts'

/** What lies between two ranges is read with them when it is less: it is in the same chunks, more or less. */
const maxGapBytes = 128 * 1024
/** What one reading spans at most, gaps and all: it is in memory whole. */
const maxReadingBytes = 4 * 1024 * 1024

/** The bytes of ranges, one behind the other. Ranges in their order that lie close to each other take one reading. */
export async function readRanges(
  ranges: readonly BaseRange[],
  read: (start: number, end: number) => Promise<Uint8Array>,
): Promise<Buffer> {
  const joined = Buffer.allocUnsafe(ranges.reduce((sum, { start, end }) => sum + end - start, 0))
  let position = 0
  for (const group of groupsOf(ranges)) {
    const { start = 0 } = group[0] ?? {}
    const bytes = await read(start, group.at(-1)?.end ?? start)
    // Copied, so that what was read between them is free again before the next reading.
    for (const range of group) {
      joined.set(bytes.subarray(range.start - start, range.end - start), position)
      position += range.end - range.start
    }
  }
  return joined
}

function groupsOf(ranges: readonly BaseRange[]): BaseRange[][] {
  const groups: BaseRange[][] = []
  let end = Number.NaN
  for (const range of ranges) {
    const gap = range.start - end
    const group = groups.at(-1)
    const spanBytes = range.end - (group?.[0]?.start ?? 0)
    if (group && gap >= 0 && gap <= maxGapBytes && spanBytes <= maxReadingBytes) group.push(range)
    else groups.push([range])
    end = range.end
  }
  return groups
}
