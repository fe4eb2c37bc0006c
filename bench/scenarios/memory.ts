import { setTimeout as pause } from 'node:timers/promises'
import { writtenState } from '../load/typing.ts'
import { CloudSyncPeer } from '../peers/cloudsync-peer.ts'
import { openHocuspocus } from '../peers/hocuspocus-peer.ts'
import { peerTitles, type OpenPeer, type Peer } from '../peers/peer.ts'
import { readPssBytes, readRssBytes } from '../peers/process-usage.ts'
import { openYWebsocket } from '../peers/y-websocket-peer.ts'
import { checkGoal } from '../report/goals.ts'
import { formatNumber } from '../report/markdown.ts'
import type { BenchContext, Scenario } from './scenario.ts'

const MAX_GROWTH_MB = 150
/** RSS is never quite still: what the collector holds back comes and goes. */
const MAX_DRIFT_MB = 10
const CONCURRENCY = 20
const WATCH_MS = 5_000
const SETTLE_MS = 3_000

const openers: readonly OpenPeer[] = [
  () => CloudSyncPeer.open(),
  () => openHocuspocus(),
  openYWebsocket,
]

/** What documents cost that were opened once, and what open ones cost. */
export const memoryScenario: Scenario = {
  name: 'memory',
  async run(context) {
    const documents = context.isQuick ? 300 : 10_000
    const visits: Visit[] = []
    const holds: string[][] = []
    for (const open of openers)
      visits.push(await withPeer(open, (peer) => visit(context, peer, documents)))
    for (const open of openers) holds.push(await withPeer(open, (peer) => hold(context, peer)))
    const [ours] = visits
    if (!ours) throw new Error('Nothing was measured')
    return {
      name: 'memory',
      title: 'Memory',
      method: [
        `Each server in a fresh process, ${CONCURRENCY} documents at once; RSS of the server process; "before" is right after the start; watched for ${context.minutes} minutes after the last visit (the stock servers for one), every ${WATCH_MS / 1000} s`,
        'Stock Hocuspocus without a store forgets a document when its last client leaves; y-websocket keeps it for ever',
        `CloudSync's database beside it: ${ours.databaseMb} MB at the end, shared pages counted once`,
      ],
      comparisons: [],
      tables: [
        {
          title: `${documents.toLocaleString('en-US')} documents of 2 kB, opened once and left`,
          header: [
            'MB',
            'before',
            'right after',
            'most afterwards',
            'at the end',
            'grown by',
            'open p50 ms',
          ],
          rows: visits.map((one) => [
            one.server,
            ...[one.before, one.after, one.most, one.end, one.most - one.before].map((mb) =>
              formatNumber(mb, 0),
            ),
            formatNumber(one.openP50, 1),
          ]),
        },
        {
          title: 'Open documents of 20 kB with one idle client each',
          header: ['', 'documents', 'MB before', 'MB with them', 'KB each'],
          rows: holds,
        },
      ],
      goals: [
        checkGoal({
          text: `Documents opened once: at most ${MAX_GROWTH_MB} MB over the baseline`,
          measured: Math.max(ours.most, ours.after) - ours.before,
          limit: MAX_GROWTH_MB,
          unit: ' MB',
          digits: 0,
        }),
        checkGoal({
          text: `Flat afterwards: at the end at most ${MAX_DRIFT_MB} MB above right after the visits`,
          measured: ours.end - ours.after,
          limit: MAX_DRIFT_MB,
          unit: ' MB',
          digits: 0,
        }),
      ],
    }
  },
}

interface Visit {
  readonly server: string
  readonly before: number
  readonly after: number
  readonly most: number
  readonly end: number
  readonly openP50: number
  readonly databaseMb: string
}

async function withPeer<T>(open: OpenPeer, use: (peer: Peer) => Promise<T>): Promise<T> {
  await using peer = await open()
  // Awaited here: the server goes when this function returns.
  return await use(peer)
}

async function visit(context: BenchContext, peer: Peer, count: number): Promise<Visit> {
  const state = writtenState(2_000, 50)
  const documents = await peer.createDocuments(count, state)
  const before = await rssMb(peer)
  context.say(`${peer.name}: ${before.toFixed(0)} MB before`)
  const latencies: number[] = []
  // In parts, as a token does not last for ever.
  for (let from = 0; from < count; from += 1_000) {
    const result = await context.load.run('visit', {
      target: await peer.target(),
      documents: documents.slice(from, from + 1_000),
      concurrency: CONCURRENCY,
      state: peer.name === 'cloudsync' ? undefined : state,
    })
    latencies.push(...result.latencies)
    context.say(`${peer.name}: ${from + 1_000} visited, ${(await rssMb(peer)).toFixed(0)} MB`)
  }
  const after = await rssMb(peer)
  const watched: number[] = [after]
  const minutes = peer.name === 'cloudsync' ? context.minutes : Math.min(context.minutes, 1)
  const deadline = performance.now() + minutes * 60_000
  while (performance.now() < deadline) {
    await pause(WATCH_MS)
    watched.push(await rssMb(peer))
    context.say(`${peer.name}: ${watched.at(-1)?.toFixed(0) ?? ''} MB`)
  }
  return {
    server: peerTitles[peer.name],
    before,
    after,
    most: Math.max(...watched),
    end: watched.at(-1) ?? after,
    openP50:
      latencies.toSorted((one, other) => one - other)[Math.floor(latencies.length / 2)] ??
      Number.NaN,
    databaseMb:
      peer instanceof CloudSyncPeer
        ? ((await readPssBytes(await peer.databasePid())) / 1e6).toFixed(0)
        : '',
  }
}

async function hold(context: BenchContext, peer: Peer): Promise<string[]> {
  const [warmUp, count] = context.isQuick ? [10, 50] : [50, 400]
  const state = writtenState(20_000, 100)
  const documents = await peer.createDocuments(warmUp + count, state)
  const open = async (names: string[]) => {
    await context.load.run('hold', {
      target: await peer.target(),
      documents: names,
      concurrency: CONCURRENCY,
      state: peer.name === 'cloudsync' ? undefined : state,
    })
    await pause(SETTLE_MS)
    return rssMb(peer)
  }
  const before = await open(documents.slice(0, warmUp))
  const after = await open(documents.slice(warmUp))
  await context.load.run('release', {})
  context.say(`${peer.name}: ${count} open, ${before.toFixed(0)} → ${after.toFixed(0)} MB`)
  return [
    peerTitles[peer.name],
    formatNumber(count, 0),
    formatNumber(before, 0),
    formatNumber(after, 0),
    formatNumber(((after - before) * 1000) / count, 0),
  ]
}

async function rssMb(peer: Peer): Promise<number> {
  return (await readRssBytes(peer.process.pid)) / 1e6
}
