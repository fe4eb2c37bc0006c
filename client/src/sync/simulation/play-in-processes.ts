import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { emptyTally, sumOf, type SeedRange, type Tally } from './play-seeds.ts'

/** What a process says of the seeds that it plays: lines at any time, and the sum at the end. */
export type WorkerMessage = { readonly lines: string } | { readonly tally: Tally }

const worker = join(import.meta.dirname, 'play-seeds-worker.ts')

/**
 * Plays the seeds by processes of their own, `seedsOfOne` by each and as many at a time as there are processors. Node
 * holds on to signals that were made of others, and so to all clients that died: some thousand runs are too many for one.
 */
export async function playInProcesses(
  seeds: SeedRange,
  seedsOfOne: number,
  tell: (lines: string) => void,
): Promise<Tally> {
  const startedMs = performance.now()
  const pieces = piecesOf(seeds, seedsOfOne)
  let tally = emptyTally
  const playPieces = async (): Promise<void> => {
    for (const piece of pieces) {
      const tookMs = performance.now() - startedMs
      const maxMs = seeds.maxMs === undefined ? undefined : seeds.maxMs - tookMs
      if (maxMs !== undefined && maxMs <= 0) return
      const played = await playPiece({ ...piece, maxMs }, tell)
      tally = sumOf(tally, played)
    }
  }
  // The steps of two at a time would be told pell-mell.
  const processes = seeds.isTraced ? 1 : availableParallelism()
  await Promise.all(Array.from({ length: processes }, playPieces))
  return tally
}

/** Shared by all that play: each takes the next. */
function* piecesOf(seeds: SeedRange, seedsOfOne: number): Generator<SeedRange, void> {
  const end = seeds.firstSeed + seeds.runs
  for (let firstSeed = seeds.firstSeed; firstSeed < end; firstSeed += seedsOfOne)
    yield { ...seeds, firstSeed, runs: Math.min(seedsOfOne, end - firstSeed) }
}

async function playPiece(piece: SeedRange, tell: (lines: string) => void): Promise<Tally> {
  const child = fork(worker, [JSON.stringify(piece)])
  let tally: Tally | undefined
  child.on('message', (message: WorkerMessage) => {
    if ('tally' in message) tally = message.tally
    else tell(message.lines)
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (tally) return tally
  const last = piece.firstSeed + piece.runs - 1
  throw new Error(`The process of seeds ${piece.firstSeed} to ${last} ended: ${code ?? signal}`)
}
