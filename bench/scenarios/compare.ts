import type { Peer, PeerName } from '../peers/peer.ts'
import { readCpuSeconds } from '../peers/process-usage.ts'
import { ForeignLoad } from '../report/foreign-load.ts'
import type { Column, Comparison, Sample } from '../report/report.ts'
import type { BenchContext } from './scenario.ts'

export interface CompareOptions {
  readonly title: string
  readonly columns: readonly Column[]
  readonly ratios: readonly string[]
  readonly peers: readonly Peer[]
  readonly measure: (peer: Peer) => Promise<Sample>
  /** One round with each that does not count, so that no server is measured cold. Default true. */
  readonly hasWarmUp?: boolean
}

/** Measures all servers in rounds that take turns: ours, stock, y-websocket, ours, … */
export async function compare(context: BenchContext, options: CompareOptions): Promise<Comparison> {
  const { title, columns, ratios, peers, measure } = options
  const samples: Partial<Record<PeerName, Sample[]>> = {}
  const foreignCores: number[] = []
  const roots = [
    process.pid,
    ...(await Promise.all(peers.map((peer) => peer.processRoots()))).flat(),
  ]
  const firstRound = options.hasWarmUp === false ? 1 : 0
  for (let round = firstRound; round <= context.rounds; round += 1) {
    for (const peer of peers) {
      const foreign = new ForeignLoad(roots)
      const sample = await measure(peer)
      const cores = await foreign.cores()
      if (round === 0) continue
      ;(samples[peer.name] ??= []).push(sample)
      if (cores !== undefined) foreignCores.push(cores)
      context.say(
        `${title}, round ${round}, ${peer.name}: ${summary(sample, columns)} [foreign ${cores?.toFixed(2) ?? '?'}]`,
      )
    }
  }
  return { title, columns, ratios, samples, foreignCores }
}

/** CPU seconds that a server's processes use while `work` runs; NaN where nobody can tell. */
export async function withCpuSeconds<T>(
  peer: Peer,
  work: () => Promise<T>,
): Promise<{ result: T; cpuSeconds: number }> {
  const roots = await peer.processRoots()
  const before = await readCpuSeconds(roots)
  const result = await work()
  const after = await readCpuSeconds(roots)
  return { result, cpuSeconds: (after ?? Number.NaN) - (before ?? Number.NaN) }
}

function summary(sample: Sample, columns: readonly Column[]): string {
  return columns
    .map(({ key, title, digits }) => `${title} ${sample[key]?.toFixed(digits) ?? '–'}`)
    .join(', ')
}
