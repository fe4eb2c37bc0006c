import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import type { EngineEvent } from '../sync/engine/engine-status.ts'

/** What takes so much memory that it is worth half a second to give it back. */
const manyChanges = 5_000
/** A heap of so few bytes may grow by more: to look for garbage so often would take more time than that is worth. */
const smallHeapBytes = 64_000_000
const growthPercents = { small: 100, large: 15 }

/** Lets the heap grow as fits what a link is doing, and gives back what much work has taken, when it is done. */
export function memoryMinder(): (event: EngineEvent) => void {
  let done = 0
  return (event) => {
    if (event.kind === 'planned') adaptHeapGrowth()
    if (event.kind === 'done') done++
    if (event.kind !== 'state' || event.state !== 'idle') return
    if (done >= manyChanges) giveMemoryBack()
    done = 0
  }
}

function adaptHeapGrowth(): void {
  const { used_heap_size: usedBytes } = getHeapStatistics()
  const percent = usedBytes < smallHeapBytes ? growthPercents.small : growthPercents.large
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}

/** There is such a thing where the process has begun anew for it (`start-anew.ts`). */
function giveMemoryBack(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
