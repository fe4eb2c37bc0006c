import { openPeers } from '../peers/open-peers.ts'
import type { Peer } from '../peers/peer.ts'
import { differenceTo, figureOf, ratioTo } from '../report/comparison.ts'
import { checkGoal } from '../report/goals.ts'
import type { Comparison, Goal, Sample } from '../report/report.ts'
import { summarize } from '../report/statistics.ts'
import { compare } from './compare.ts'
import type { BenchContext, Scenario } from './scenario.ts'

const RATE_PER_SECOND = 20
const MAX_ADDED_P50_MS = 2.5
const MAX_P99_RATIO = 3

const columns = [
  { key: 'p50', title: 'p50 ms', digits: 2 },
  { key: 'p95', title: 'p95 ms', digits: 2 },
  { key: 'p99', title: 'p99 ms', digits: 2 },
  { key: 'n', title: 'n per round', digits: 0 },
  { key: 'lateP99', title: 'load late p99 ms', digits: 2 },
  { key: 'cpuMicros', title: 'µs CPU per update', digits: 0 },
]

/** How long an update waits for its acknowledgement when nobody is pressed. */
export const ackScenario: Scenario = {
  name: 'ack',
  async run(context) {
    await using peers = await openPeers()
    const many = await measure(context, peers.all, 100)
    const one = await measure(context, peers.all, 1)
    return {
      name: 'ack',
      title: 'Acknowledgement: durable against in memory',
      method: [
        `Open loop: one typist per document, each ${RATE_PER_SECOND} updates a second, whatever the answers take; each update inserts 7 characters`,
        'From sending an update to its SyncStatus. CloudSync answers when the row is committed with fsync (embedded PostgreSQL); stock Hocuspocus, without a store, from memory; y-websocket knows no acknowledgement, here its echo of the update to the author counts',
        '"load late" is how much later than planned the load process sent, which is not part of the times; CPU is that of the server and, with CloudSync, of its database',
      ],
      comparisons: [many, one],
      tables: [],
      goals: [many, one].flatMap(goalsOf),
    }
  },
}

function measure(
  context: BenchContext,
  peers: readonly Peer[],
  documents: number,
): Promise<Comparison> {
  const [warmUpMs, durationMs] = context.isQuick ? [300, 700] : [1_000, 4_000]
  const updates = (documents * RATE_PER_SECOND * (warmUpMs + durationMs)) / 1000
  return compare(context, {
    title:
      documents === 1 ? 'One typist, one document' : `${documents} documents with one typist each`,
    columns,
    ratios: ['p50', 'p95', 'p99', 'cpuMicros'],
    peers,
    async measure(peer): Promise<Sample> {
      const target = await peer.target()
      const names = await peer.createDocuments(documents)
      const result = await context.load.run('acknowledge', {
        target,
        documents: names,
        ratePerSecond: RATE_PER_SECOND,
        warmUpMs,
        durationMs,
        roots: await peer.processRoots(),
      })
      if (result.unanswered > 0)
        throw new Error(`${peer.name} left ${result.unanswered} updates unanswered`)
      const lateP99 = summarize(result.lateness).p99
      return {
        ...summarize(result.latencies),
        lateP99,
        cpuMicros: (result.cpuSeconds / updates) * 1e6,
      }
    },
  })
}

function goalsOf(comparison: Comparison): Goal[] {
  const stock = figureOf(comparison, 'hocuspocus', 'p99')
  return [
    checkGoal({
      text: `${comparison.title}: p50 at most stock Hocuspocus + ${MAX_ADDED_P50_MS} ms`,
      measured: differenceTo(comparison, 'hocuspocus', 'p50'),
      limit: MAX_ADDED_P50_MS,
      unit: ' ms more',
      digits: 2,
    }),
    checkGoal({
      text: `${comparison.title}: p99 at most ${MAX_P99_RATIO} × stock Hocuspocus (${stock.toFixed(2)} ms)`,
      measured: ratioTo(comparison, 'hocuspocus', 'p99'),
      limit: MAX_P99_RATIO,
      unit: '×',
      digits: 2,
    }),
  ]
}
