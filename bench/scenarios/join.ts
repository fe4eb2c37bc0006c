import { CpuMeter } from '../peers/cpu-meter.ts'
import { openPeers } from '../peers/open-peers.ts'
import { writtenState } from '../load/typing.ts'
import { ratioTo } from '../report/comparison.ts'
import { checkGoal } from '../report/goals.ts'
import { summarize } from '../report/statistics.ts'
import { compare } from './compare.ts'
import type { Scenario } from './scenario.ts'

const STATE_BYTES = 4 * 1024 * 1024
const PIECE_CHARS = 200
const PEOPLE = 20
const MAX_RATIO = 1

/** A class opens the same large document at once. */
export const joinScenario: Scenario = {
  name: 'join',
  async run(context) {
    await using peers = await openPeers()
    const clients = context.isQuick ? 20 : 150
    // Each piece brings some 15 bytes beside its text.
    const state = writtenState((STATE_BYTES * PIECE_CHARS) / (PIECE_CHARS + 15), PIECE_CHARS)
    const documents = new Map<string, string>()
    for (const peer of peers.all) {
      const names = await peer.createDocuments(1, state)
      documents.set(peer.name, names[0] ?? '')
      await context.load.run('hold', {
        target: await peer.target(),
        documents: names,
        concurrency: 1,
        state: peer.name === 'cloudsync' ? undefined : state,
      })
    }
    const storm = await compare(context, {
      title: `${clients} clients join a document of ${(state.length / 1e6).toFixed(1)} MB`,
      columns: [
        { key: 'p50', title: 'p50 ms', digits: 0 },
        { key: 'p95', title: 'p95 ms', digits: 0 },
        { key: 'p99', title: 'p99 ms', digits: 0 },
        { key: 'cpuMs', title: 'ms CPU per join', digits: 1 },
      ],
      ratios: ['p50', 'p95', 'p99', 'cpuMs'],
      peers: peers.all,
      async measure(peer) {
        const target = await peer.target(PEOPLE)
        const cpu = await CpuMeter.start(await peer.processRoots())
        const result = await context.load.run('join', {
          target,
          document: documents.get(peer.name) ?? '',
          clients,
        })
        const cpuSeconds = await cpu.seconds()
        if (result.receivedBytes < state.length * 0.9)
          throw new Error(`${peer.name} sent too little`)
        return { ...summarize(result.latencies), cpuMs: (cpuSeconds * 1000) / clients }
      },
    })
    await context.load.run('release', {})
    return {
      name: 'join',
      title: 'Join storm',
      method: [
        `All clients connect at once; from connecting to having received the state (which they do not apply); the document is loaded, ${state.length.toLocaleString('en-US')} bytes of V1 in pieces of ${PIECE_CHARS} characters at random places`,
      ],
      comparisons: [storm],
      tables: [],
      goals: [
        checkGoal({
          text: 'p50 no slower than stock Hocuspocus',
          measured: ratioTo(storm, 'hocuspocus', 'p50'),
          limit: MAX_RATIO,
          unit: '×',
          digits: 2,
        }),
      ],
    }
  },
}
