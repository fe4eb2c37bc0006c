import { simulate, type SimulationOptions } from './simulation.ts'

/** Seeds that follow one another, and how each is played. */
export interface SeedRange extends Omit<SimulationOptions, 'seed'> {
  readonly firstSeed: number
  readonly runs: number
  /** None begins after so long. */
  readonly maxMs?: number | undefined
  /** Every step is told. */
  readonly isTraced?: boolean
}

export interface Tally {
  readonly runs: number
  readonly steps: number
  readonly actions: number
  readonly crashes: number
  /** Seeds with faults. */
  readonly failed: readonly number[]
}

export const emptyTally: Tally = { runs: 0, steps: 0, actions: 0, crashes: 0, failed: [] }

/** Plays one seed after the other in this process; `tell` hears of steps and of what is wrong, in lines. */
export async function playSeeds(
  { firstSeed, runs, maxMs = Infinity, isTraced = false, ...options }: SeedRange,
  tell: (lines: string) => void,
): Promise<Tally> {
  const startedMs = performance.now()
  let tally = emptyTally
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    if (performance.now() - startedMs > maxMs) break
    const { trace, faults, ...counts } = await simulate({ ...options, seed })
    const failed = faults.length > 0 ? [seed] : []
    tally = sumOf(tally, { runs: 1, ...counts, failed })
    if (isTraced) tell(trace.join('\n'))
    if (faults.length === 0) continue
    tell([`seed ${seed}:`, ...faults.slice(0, 10).map((fault) => `  ${fault}`)].join('\n'))
  }
  return tally
}

export function sumOf(one: Tally, other: Tally): Tally {
  return {
    runs: one.runs + other.runs,
    steps: one.steps + other.steps,
    actions: one.actions + other.actions,
    crashes: one.crashes + other.crashes,
    failed: [...one.failed, ...other.failed].toSorted((a, b) => a - b),
  }
}
