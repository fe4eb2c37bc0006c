/** A process of its own that plays the seeds that it is given as its argument, and tells its parent of them. */
import type { WorkerMessage } from './play-in-processes.ts'
import { playSeeds, type SeedRange } from './play-seeds.ts'

const send = (message: WorkerMessage) => process.send?.(message)
const seeds = JSON.parse(process.argv[2] ?? '') as SeedRange
send({ tally: await playSeeds(seeds, (lines) => send({ lines })) })
