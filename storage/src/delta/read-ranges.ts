import type { BaseRange } from './delta-format.ts'

/** What lies between two ranges is read with them when it is less: it is in the same chunks, more or less. */
const maxGapBytes = 128 * 1024

/** The bytes of ranges, one behind the other. Ranges in their order that lie close to each other take one reading. */
export async function readRanges(
  ranges: readonly BaseRange[],
  read: (start: number, end: number) => Promise<Uint8Array>,
): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (const group of groupsOf(ranges)) {
    const { start = 0 } = group[0] ?? {}
    const bytes = await read(start, group.at(-1)?.end ?? start)
    for (const range of group) pieces.push(bytes.subarray(range.start - start, range.end - start))
  }
  return Buffer.concat(pieces)
}

function groupsOf(ranges: readonly BaseRange[]): BaseRange[][] {
  const groups: BaseRange[][] = []
  let end = Number.NaN
  for (const range of ranges) {
    const gap = range.start - end
    if (gap >= 0 && gap <= maxGapBytes) groups.at(-1)?.push(range)
    else groups.push([range])
    end = range.end
  }
  return groups
}
