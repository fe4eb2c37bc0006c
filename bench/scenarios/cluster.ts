import { setTimeout as pause } from 'node:timers/promises'
import { writtenState } from '../load/typing.ts'
import { CpuMeter } from '../peers/cpu-meter.ts'
import {
  openCloudSyncCluster,
  openHocuspocusCluster,
  type ClusterPeer,
} from '../peers/cluster-peer.ts'
import { figureOf, ratioTo } from '../report/comparison.ts'
import { checkGoal } from '../report/goals.ts'
import { versionOf } from '../report/machine.ts'
import type { Comparison, Goal, Sample } from '../report/report.ts'
import { summarize } from '../report/statistics.ts'
import { compare } from './compare.ts'
import type { BenchContext, Scenario } from './scenario.ts'

const TEXT_CHARS = 100_000
const PIECE_CHARS = 100
const DELETES = 20_000

const RATE_PER_SECOND = 10
/** Once, as servers run for weeks … */
const FIRST_KEYSTROKES = 2_000
const FIRST_RATE_PER_SECOND = 40
/** … and in each document. */
const WARM_UP_KEYSTROKES = 10

/** What a keystroke sets off may go on for so long after its arrival. */
const TRAIL_MS = 500

const clusters = [
  { nodes: 2, maxRedisBytes: 300 },
  { nodes: 4, maxRedisBytes: 1_000 },
]
const MAX_CPU_RATIO = 0.1
const MAX_P50_MS = 6
const MAX_P99_MS = 30

const columns = [
  { key: 'redisIn', title: 'Redis in, B per key', digits: 0 },
  { key: 'redisOut', title: 'Redis out, B per key', digits: 0 },
  { key: 'serversMs', title: 'servers, ms CPU per key', digits: 2 },
  { key: 'databaseMs', title: 'database, ms CPU per key', digits: 2 },
  { key: 'redisMs', title: 'Redis, ms CPU per key', digits: 2 },
  { key: 'idleMs', title: 'servers idle, ms CPU per s', digits: 2 },
  { key: 'p50', title: 'p50 ms', digits: 2 },
  { key: 'p99', title: 'p99 ms', digits: 2 },
]

/** What a keystroke on one server costs until it is seen on the others. */
export const clusterScenario: Scenario = {
  name: 'cluster',
  async run(context) {
    const state = writtenState(TEXT_CHARS, PIECE_CHARS, DELETES)
    const comparisons: { readonly comparison: Comparison; readonly maxRedisBytes: number }[] = []
    let redisVersion = ''
    for (const { nodes, maxRedisBytes } of clusters) {
      await using ours = await openCloudSyncCluster(nodes)
      await using stock = await openHocuspocusCluster(nodes)
      redisVersion = await ours.redis.readVersion()
      const comparison = await measure(context, [ours, stock], nodes, state)
      comparisons.push({ comparison, maxRedisBytes })
    }
    return {
      name: 'cluster',
      title: 'Several servers: what a keystroke costs between them',
      method: [
        `A text of ${(state.length / 1e3).toFixed(0)} kB as a Yjs update, ${DELETES.toLocaleString('en-US')} characters of which were deleted at random places; a stock client (HocuspocusProvider) on each node has all of it, and the one on the first node types ${RATE_PER_SECOND} single characters a second; ${FIRST_KEYSTROKES} keystrokes before the first round, all rounds in the same document`,
        `Redis ${redisVersion}, one for each cluster: bytes by INFO stats, less those of as long a time without typing`,
        'CPU of a keystroke, less that of as long a time without typing: of all server processes; of PostgreSQL, which the servers share and which is not part of the goal; of Redis',
        `Latency from the edit in the client on the first node to the \`update\` event in the client on each other one. CloudSync commits each keystroke with fsync before another server is told; Hocuspocus (with @hocuspocus/extension-redis ${versionOf('@hocuspocus/extension-redis')}, both as they come) stores nothing here`,
      ],
      comparisons: comparisons.map(({ comparison }) => comparison),
      tables: [],
      goals: comparisons.flatMap(({ comparison, maxRedisBytes }) =>
        goalsOf(comparison, maxRedisBytes),
      ),
    }
  },
}

function measure(
  context: BenchContext,
  peers: readonly ClusterPeer[],
  nodes: number,
  state: Uint8Array,
): Promise<Comparison> {
  const keystrokes = RATE_PER_SECOND * (context.isQuick ? 4 : 10)
  const windowMs = (keystrokes / RATE_PER_SECOND) * 1000 + TRAIL_MS
  // One for all rounds: what is left to do for one that was left does not fall into the round after.
  const documents = new Map<ClusterPeer, Awaited<ReturnType<ClusterPeer['createDocument']>>>()
  return compare(context, {
    title: `${nodes} nodes`,
    columns,
    ratios: ['redisIn', 'redisOut', 'serversMs', 'p50', 'p99'],
    peers,
    async measure(peer): Promise<Sample> {
      const { load } = context
      const isFirst = !documents.has(peer)
      const created = documents.get(peer) ?? (await peer.createDocument(state))
      documents.set(peer, created)
      const { name: document, bring } = created
      await load.run('openNodes', { targets: await peer.targets(), document, state: bring })
      const type = (count: number, ratePerSecond = RATE_PER_SECOND) =>
        load.run('typeOnNode', { keystrokes: count, ratePerSecond })
      if (isFirst && !context.isQuick) await type(FIRST_KEYSTROKES, FIRST_RATE_PER_SECOND)
      await type(WARM_UP_KEYSTROKES)
      await pause(TRAIL_MS)
      const idle = await usedIn(peer, () => pause(windowMs))
      let latencies: Float64Array = new Float64Array()
      const typing = await usedIn(peer, async () => {
        const end = pause(windowMs)
        ;({ latencies } = await type(keystrokes))
        await end
      })
      await load.run('leaveNodes', {})
      const { p50, p99 } = summarize(latencies)
      return {
        redisIn: (typing.redisIn - idle.redisIn) / keystrokes,
        redisOut: (typing.redisOut - idle.redisOut) / keystrokes,
        serversMs: ((typing.serverSeconds - idle.serverSeconds) * 1000) / keystrokes,
        databaseMs: ((typing.databaseSeconds - idle.databaseSeconds) * 1000) / keystrokes,
        redisMs: ((typing.redisSeconds - idle.redisSeconds) * 1000) / keystrokes,
        idleMs: (idle.serverSeconds * 1000) / (windowMs / 1000),
        p50,
        p99,
      }
    },
  })
}

interface Used {
  readonly redisIn: number
  readonly redisOut: number
  readonly serverSeconds: number
  readonly databaseSeconds: number
  readonly redisSeconds: number
}

/** What a cluster uses until `work` is done. */
async function usedIn(peer: ClusterPeer, work: () => Promise<unknown>): Promise<Used> {
  const { redis, serverPids, databasePid } = peer
  const databasePids = databasePid === undefined ? [] : [databasePid]
  const servers = await CpuMeter.start([...serverPids, ...databasePids])
  const database = await CpuMeter.start(databasePids)
  const redisCpu = await CpuMeter.start([redis.pid])
  const before = await redis.readTraffic()
  await work()
  const after = await redis.readTraffic()
  const databaseSeconds = await database.seconds()
  return {
    redisIn: after.inBytes - before.inBytes,
    redisOut: after.outBytes - before.outBytes,
    // The server that started the database is its parent.
    serverSeconds: (await servers.seconds()) - databaseSeconds,
    databaseSeconds,
    redisSeconds: await redisCpu.seconds(),
  }
}

function goalsOf(comparison: Comparison, maxRedisBytes: number): Goal[] {
  const { title } = comparison
  const figure = (key: string) => figureOf(comparison, 'cloudsync', key)
  const stockMs = figureOf(comparison, 'hocuspocus', 'serversMs')
  return [
    ...(['redisIn', 'redisOut'] as const).map((key) =>
      checkGoal({
        text: `${title}: at most ${maxRedisBytes} bytes ${key === 'redisIn' ? 'into' : 'out of'} Redis a keystroke`,
        measured: figure(key),
        limit: maxRedisBytes,
        unit: ' B',
        digits: 0,
      }),
    ),
    checkGoal({
      text: `${title}: CPU of all servers a keystroke at most ${MAX_CPU_RATIO} × stock Hocuspocus (${stockMs.toFixed(1)} ms)`,
      measured: ratioTo(comparison, 'hocuspocus', 'serversMs'),
      limit: MAX_CPU_RATIO,
      unit: '×',
      digits: 3,
    }),
    ...(['p50', 'p99'] as const).map((key) =>
      checkGoal({
        text: `${title}: seen on another node within ${key === 'p50' ? MAX_P50_MS : MAX_P99_MS} ms (${key})`,
        measured: figure(key),
        limit: key === 'p50' ? MAX_P50_MS : MAX_P99_MS,
        unit: ' ms',
        digits: 2,
      }),
    ),
  ]
}
