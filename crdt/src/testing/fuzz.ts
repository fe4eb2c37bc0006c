import { Random } from './random.ts'

export interface FuzzOptions {
  readonly runs: number
  /** The seed of the first run; the others follow by one. */
  readonly seed: number
}

/** Calls `property` with a fresh source of randomness per run; a failure names the seed that shows it. */
export function fuzz(options: FuzzOptions, property: (random: Random, seed: number) => void): void {
  for (let run = 0; run < options.runs; run += 1) {
    const seed = options.seed + run
    try {
      property(new Random(seed), seed)
    } catch (error) {
      throw new Error(`Failed with seed ${seed}`, { cause: error })
    }
  }
}
