import { openPeers } from '../peers/open-peers.ts'
import { ratioTo } from '../report/comparison.ts'
import { checkGoal } from '../report/goals.ts'
import { summarize } from '../report/statistics.ts'
import { compare } from './compare.ts'
import type { Scenario } from './scenario.ts'

const DOCUMENTS = 100
const OUTSTANDING = 8
const MIN_RATIO = 0.85

/** How many updates a second are acknowledged when everybody types as fast as the answers allow. */
export const throughputScenario: Scenario = {
  name: 'throughput',
  async run(context) {
    await using peers = await openPeers()
    const [warmUpMs, durationMs] = context.isQuick ? [300, 700] : [1_000, 3_000]
    const flood = await compare(context, {
      title: `${DOCUMENTS} documents, ${OUTSTANDING} updates outstanding each`,
      columns: [
        { key: 'perSecond', title: 'acknowledgements/s', digits: 0 },
        { key: 'p50', title: 'p50 ms', digits: 1 },
        { key: 'p95', title: 'p95 ms', digits: 1 },
        { key: 'p99', title: 'p99 ms', digits: 1 },
        { key: 'cores', title: 'cores used', digits: 2 },
        { key: 'cpuMicros', title: 'µs CPU per update', digits: 0 },
      ],
      ratios: ['perSecond', 'p50', 'p99', 'cpuMicros'],
      peers: peers.all,
      async measure(peer) {
        const target = await peer.target()
        const documents = await peer.createDocuments(DOCUMENTS)
        const { answered, cpuSeconds, latencies, seconds } = await context.load.run('flood', {
          target,
          documents,
          outstanding: OUTSTANDING,
          warmUpMs,
          durationMs,
          roots: await peer.processRoots(),
        })
        return {
          ...summarize(latencies),
          perSecond: answered / seconds,
          cores: cpuSeconds / seconds,
          cpuMicros: (cpuSeconds / answered) * 1e6,
        }
      },
    })
    return {
      name: 'throughput',
      title: 'Throughput of acknowledged updates',
      method: [
        'Closed loop: one socket per document, so that the frame limit of a socket (500 a second after a burst of 3,000) is above what each gets',
        'CloudSync authenticates, checks each update and answers after the commit (fsync on); stock Hocuspocus and y-websocket keep nothing; y-websocket is counted by its echo',
        '"cores used" is of the server and, with CloudSync, of its database; load process and servers share the machine',
      ],
      comparisons: [flood],
      tables: [],
      goals: [
        checkGoal({
          text: `At least ${MIN_RATIO} × stock Hocuspocus without any store`,
          measured: ratioTo(flood, 'hocuspocus', 'perSecond'),
          limit: MIN_RATIO,
          unit: '×',
          digits: 2,
          atLeast: true,
        }),
      ],
    }
  },
}
