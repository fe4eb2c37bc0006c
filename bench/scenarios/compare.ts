import { setTimeout as pause } from 'node:timers/promises'
import type { Peer, PeerName } from '../peers/peer.ts'
import { ForeignLoad } from '../report/foreign-load.ts'
import type { Column, Comparison, Sample } from '../report/report.ts'
import type { BenchContext } from './scenario.ts'

/** A server, or several that are one. */
type Measured = Pick<Peer, 'name' | 'processRoots'>

export interface CompareOptions<P extends Measured> {
  readonly title: string
  readonly columns: readonly Column[]
  readonly ratios: readonly string[]
  readonly peers: readonly P[]
  readonly measure: (peer: P) => Promise<Sample>
}

/** A round in which others kept more cores busy than this is measured again. */
const MAX_FOREIGN_CORES = 0.5
/** In all, so many times the rounds asked for; then the quietest of the disturbed ones count. */
const MAX_ATTEMPTS_PER_ROUND = 2
const QUIET_CHECK_MS = 1_000

interface Round {
  readonly samples: ReadonlyMap<PeerName, Sample>
  /** The most that the rest of the machine used during one of the measurements. */
  readonly foreignCores: number | undefined
}

/**
 * Measures all servers in rounds that take turns: ours, stock, y-websocket, ours, … The first round does
 * not count, so that no server is measured cold. Rounds that others disturbed are measured again.
 */
export async function compare<P extends Measured>(
  context: BenchContext,
  options: CompareOptions<P>,
): Promise<Comparison> {
  const { title, columns, ratios, peers } = options
  const roots = [
    process.pid,
    ...(await Promise.all(peers.map((peer) => peer.processRoots()))).flat(),
  ]
  const quiet: Round[] = []
  const disturbed: Round[] = []
  await measureRound(options, roots)
  const maxAttempts = context.isQuick ? context.rounds : context.rounds * MAX_ATTEMPTS_PER_ROUND
  for (let attempt = 0; quiet.length < context.rounds && attempt < maxAttempts; attempt += 1) {
    if (!context.isQuick) await untilQuiet(roots, context.patienceMs)
    const round = await measureRound(options, roots)
    const isQuiet = round.foreignCores === undefined || round.foreignCores <= MAX_FOREIGN_CORES
    ;(isQuiet ? quiet : disturbed).push(round)
    context.say(describeRound(title, round, columns))
  }
  const fewestForeign = disturbed.toSorted(
    (one, other) => (one.foreignCores ?? 0) - (other.foreignCores ?? 0),
  )
  const counted = [...quiet, ...fewestForeign.slice(0, context.rounds - quiet.length)]
  const samplesOf = ({ name }: Measured) =>
    counted.map(({ samples }) => samples.get(name)).filter((sample) => sample !== undefined)
  return {
    title,
    columns,
    ratios,
    samples: Object.fromEntries(peers.map((peer) => [peer.name, samplesOf(peer)])),
    foreignCores: counted.flatMap((round) => round.foreignCores ?? []),
    repeatedRounds: quiet.length + disturbed.length - counted.length,
  }
}

async function measureRound<P extends Measured>(
  options: CompareOptions<P>,
  roots: readonly number[],
): Promise<Round> {
  const samples = new Map<PeerName, Sample>()
  let most: number | undefined
  for (const peer of options.peers) {
    const foreign = new ForeignLoad(roots)
    samples.set(peer.name, await options.measure(peer))
    const cores = await foreign.cores()
    if (cores !== undefined) most = Math.max(most ?? 0, cores)
  }
  return { samples, foreignCores: most }
}

async function untilQuiet(roots: readonly number[], patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    const foreign = new ForeignLoad(roots)
    await pause(QUIET_CHECK_MS)
    const cores = await foreign.cores()
    if (cores === undefined || cores <= MAX_FOREIGN_CORES) return
  }
}

function describeRound(title: string, round: Round, columns: readonly Column[]): string {
  const lines = [...round.samples].map(([peer, sample]) => {
    const figures = columns.map(
      ({ key, title: name, digits }) => `${name} ${sample[key]?.toFixed(digits) ?? '–'}`,
    )
    return `  ${peer}: ${figures.join(', ')}`
  })
  return [
    `${title} (others kept ${round.foreignCores?.toFixed(2) ?? '?'} cores busy)`,
    ...lines,
  ].join('\n')
}
