import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Half of it is for what is new; with less, much that is soon of no use moves to where it is found late. */
const youngBytes = 8 * 1024 * 1024
const objectsAtOnce = 10_000
const mostObjects = 1_000_000

/**
 * The command runs for weeks beside whatever else people do. Unasked, V8 lets the part of the heap for what is new grow
 * to a hundred megabytes while much is read at once, and keeps it. It takes no bound for it once it runs, but can be told
 * to let it grow no more: so it is made as large as it should be, by what survives, and stays so.
 */
export function keepHeapSmall(): void {
  const kept: object[] = []
  while (readYoungBytes() < youngBytes && kept.length < mostObjects)
    for (let made = 0; made < objectsAtOnce; made++) kept.push({ made })
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=40')
}

function readYoungBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return young?.space_size ?? Infinity
}
