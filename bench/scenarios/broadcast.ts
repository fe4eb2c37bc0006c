import { openPeers } from '../peers/open-peers.ts'
import type { Peer } from '../peers/peer.ts'
import { ratioTo } from '../report/comparison.ts'
import { checkGoal } from '../report/goals.ts'
import type { Comparison } from '../report/report.ts'
import { summarize } from '../report/statistics.ts'
import { compare } from './compare.ts'
import type { BenchContext, Scenario } from './scenario.ts'

const RATE_PER_SECOND = 10
const MAX_RATIO = 1.15
const PEOPLE = 20

const audiences = [
  { clients: 10, typists: 1 },
  { clients: 50, typists: 10 },
  { clients: 200, typists: 10 },
]

/** How long an update takes to everybody else who has the document open. */
export const broadcastScenario: Scenario = {
  name: 'broadcast',
  async run(context) {
    await using peers = await openPeers()
    const comparisons: Comparison[] = []
    for (const audience of audiences) comparisons.push(await measure(context, peers.all, audience))
    return {
      name: 'broadcast',
      title: 'Latency from a typist to the others',
      method: [
        `Open loop: each typist ${RATE_PER_SECOND} updates a second, spread evenly; from sending to each other client; clients read frames and keep no document`,
        'All clients are one process, so the times hold what it needs to read 200 copies, the same for each server',
      ],
      comparisons,
      tables: [],
      goals: comparisons.flatMap((comparison) =>
        ['p50', 'p99'].map((key) =>
          checkGoal({
            text: `${comparison.title}: ${key} at most ${MAX_RATIO} × stock Hocuspocus`,
            measured: ratioTo(comparison, 'hocuspocus', key),
            limit: MAX_RATIO,
            unit: '×',
            digits: 2,
          }),
        ),
      ),
    }
  },
}

function measure(
  context: BenchContext,
  peers: readonly Peer[],
  { clients, typists }: { clients: number; typists: number },
): Promise<Comparison> {
  const [warmUpMs, durationMs] = context.isQuick ? [300, 700] : [1_000, 4_000]
  return compare(context, {
    title: `${clients} clients, ${typists === 1 ? 'one typist' : `${typists} typists`}`,
    columns: [
      { key: 'p50', title: 'p50 ms', digits: 2 },
      { key: 'p95', title: 'p95 ms', digits: 2 },
      { key: 'p99', title: 'p99 ms', digits: 2 },
      { key: 'n', title: 'n per round', digits: 0 },
      { key: 'lateP99', title: 'load late p99 ms', digits: 2 },
      { key: 'cpuSeconds', title: 'CPU s', digits: 2 },
    ],
    ratios: ['p50', 'p95', 'p99', 'cpuSeconds'],
    peers,
    async measure(peer) {
      const target = await peer.target(PEOPLE)
      const [document = ''] = await peer.createDocuments(1)
      const result = await context.load.run('broadcast', {
        target,
        document,
        clients,
        typists,
        ratePerSecond: RATE_PER_SECOND,
        warmUpMs,
        durationMs,
        roots: await peer.processRoots(),
      })
      const { cpuSeconds, expected, latencies, lateness } = result
      if (latencies.length !== expected)
        throw new Error(`${peer.name} delivered ${latencies.length} of ${expected} updates`)
      return { ...summarize(latencies), lateP99: summarize(lateness).p99, cpuSeconds }
    },
  })
}
