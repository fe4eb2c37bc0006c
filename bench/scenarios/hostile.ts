import { hostileUpdates, type Bomb } from '../load/hostile-updates.ts'
import { CloudSyncPeer } from '../peers/cloudsync-peer.ts'
import { openHocuspocus } from '../peers/hocuspocus-peer.ts'
import { peerTitles, type Peer } from '../peers/peer.ts'
import { readRssBytes } from '../peers/process-usage.ts'
import { openYWebsocket } from '../peers/y-websocket-peer.ts'
import { checkGoal } from '../report/goals.ts'
import { formatNumber } from '../report/markdown.ts'
import type { Goal } from '../report/report.ts'
import { median, summarize } from '../report/statistics.ts'
import type { BenchContext, Scenario } from './scenario.ts'

const MAX_REFUSAL_MS = 1
const MAX_BLOCK_MS = 50
const BOMBS_PER_ROUND = 50
const INTERVAL_MS = 20
/** A stock server is given up after this time without an answer to anybody. */
const MAX_STOCK_MS = 60_000

interface AttackFigures {
  readonly bomb: string
  readonly isValid: boolean
  readonly refused: number
  readonly sent: number
  readonly refusalP50: number
  readonly refusalP99: number
  /** Of as many bytes that nobody has to judge. */
  readonly transferP50: number
  readonly honestP50: number
  readonly honestP99: number
  readonly honestMax: number
  readonly rssGrowth: number
  readonly isCutOff: boolean
}

/** What hostile updates cost the people who type meanwhile. */
export const hostileScenario: Scenario = {
  name: 'hostile',
  async run(context) {
    const bombs = hostileUpdates()
    const ours: { calm: number[]; attacks: AttackFigures[] } = { calm: [], attacks: [] }
    {
      await using peer = await CloudSyncPeer.open()
      for (let round = 0; round <= context.rounds; round += 1) {
        const calm = await measureCalm(context, peer)
        if (round > 0) ours.calm.push(calm)
        for (const bomb of bombs) {
          const figures = await attack(context, peer, bomb, BOMBS_PER_ROUND, MAX_STOCK_MS)
          if (round === 0) continue
          ours.attacks.push(figures)
          context.say(`${bomb.name}, round ${round}: ${JSON.stringify(figures)}`)
        }
      }
    }
    const attacks = bombs.map((bomb) =>
      mediansOf(ours.attacks.filter((one) => one.bomb === bomb.name)),
    )
    const stock: string[][] = []
    for (const open of [openHocuspocus, openYWebsocket])
      for (const bomb of bombs) stock.push(await attackStock(context, open, bomb))
    return {
      name: 'hostile',
      title: 'Hostile updates',
      method: [
        `CloudSync: ${BOMBS_PER_ROUND} clients, each on a document of its own, send one hostile update each, one every ${INTERVAL_MS} ms; meanwhile one honest client on another document types ${'4 ms'} after each answer; ${context.rounds} rounds, medians (of the rounds' maxima, too)`,
        'A refusal is timed from sending the update to hearing of it, so it holds a round trip over loopback, and the transfer of the larger one; "transfer" is the round trip of as many bytes that nobody has to judge, by the same clients right before; an honest round trip holds a durable commit',
        `The stock servers get one hostile update each, as it may be their last; they are given up after ${MAX_STOCK_MS / 1000} s`,
        `CloudSync without an attack: the honest client's longest round trip is ${formatNumber(median(ours.calm), 1)} ms`,
      ],
      comparisons: [],
      tables: [
        {
          title: 'What an attack does',
          header: [
            'server',
            'update',
            'refused',
            'refusal p50 ms',
            'refusal p99 ms',
            'transfer p50 ms',
            'honest p50 ms',
            'honest p99 ms',
            'honest longest ms',
            'memory grows by MB',
            '',
          ],
          rows: [...attacks.map((figures) => rowOf(peerTitles.cloudsync, figures)), ...stock],
        },
      ],
      goals: attacks.flatMap(goalsOf),
    }
  },
}

async function measureCalm(context: BenchContext, peer: Peer): Promise<number> {
  const [document = ''] = await peer.createDocuments(1)
  const { latencies } = await context.load.run('honest', {
    target: await peer.target(),
    document,
    durationMs: 1_500,
  })
  return summarize(latencies).max
}

async function attack(
  context: BenchContext,
  peer: Peer,
  bomb: Bomb,
  count: number,
  maxMs: number,
): Promise<AttackFigures> {
  const target = await peer.target()
  const [honestDocument = '', ...documents] = await peer.createDocuments(count + 1)
  const before = await readRssBytes(peer.process.pid)
  const running = context.load.run('attack', {
    target,
    honestDocument,
    documents,
    bomb: bomb.update,
    intervalMs: INTERVAL_MS,
    maxMs,
    timesTransfers: peer.name === 'cloudsync',
  })
  let most = before
  const watch = setInterval(() => {
    void readRssBytes(peer.process.pid).then((bytes) => (most = Math.max(most, bytes)))
  }, 50)
  const { isCutOff, latencies, refusals, transfers } = await running.finally(() =>
    clearInterval(watch),
  )
  const refusal = summarize(refusals)
  const honest = summarize(latencies)
  return {
    bomb: bomb.name,
    isValid: bomb.isValid,
    refused: refusals.length,
    sent: count,
    refusalP50: refusal.p50,
    refusalP99: refusal.p99,
    transferP50: summarize(transfers).p50,
    honestP50: honest.p50,
    honestP99: honest.p99,
    honestMax: honest.max,
    rssGrowth: most - before,
    isCutOff,
  }
}

/** On a server that is thrown away afterwards. */
async function attackStock(
  context: BenchContext,
  open: () => Promise<Peer>,
  bomb: Bomb,
): Promise<string[]> {
  const peer = await open()
  try {
    const figures = await attack(context, peer, bomb, 1, context.isQuick ? 3_000 : MAX_STOCK_MS)
    context.say(`${peer.name}: ${JSON.stringify(figures)}`)
    return rowOf(peerTitles[peer.name], figures)
  } finally {
    await peer.process.kill()
    await peer[Symbol.asyncDispose]()
  }
}

function mediansOf(rounds: readonly AttackFigures[]): AttackFigures {
  const of = (
    key:
      | 'refusalP50'
      | 'refusalP99'
      | 'transferP50'
      | 'honestP50'
      | 'honestP99'
      | 'honestMax'
      | 'rssGrowth',
  ) => median(rounds.map((figures) => figures[key]))
  return {
    bomb: rounds[0]?.bomb ?? '',
    isValid: rounds[0]?.isValid ?? false,
    refused: rounds.reduce((sum, { refused }) => sum + refused, 0),
    sent: rounds.reduce((sum, { sent }) => sum + sent, 0),
    refusalP50: of('refusalP50'),
    refusalP99: of('refusalP99'),
    transferP50: of('transferP50'),
    honestP50: of('honestP50'),
    honestP99: of('honestP99'),
    honestMax: of('honestMax'),
    rssGrowth: of('rssGrowth'),
    isCutOff: rounds.some(({ isCutOff }) => isCutOff),
  }
}

function rowOf(server: string, figures: AttackFigures): string[] {
  const ms = (value: number) =>
    Number.isNaN(value) ? '–' : formatNumber(value, value < 10 ? 2 : 0)
  return [
    server,
    figures.bomb,
    `${figures.refused} of ${figures.sent}`,
    ms(figures.refusalP50),
    ms(figures.refusalP99),
    ms(figures.transferP50),
    ms(figures.honestP50),
    ms(figures.honestP99),
    ms(figures.honestMax),
    formatNumber(figures.rssGrowth / 1e6, 0),
    figures.isCutOff ? 'the honest client lost its connection' : '',
  ]
}

function goalsOf(figures: AttackFigures): Goal[] {
  const isSpared = checkGoal({
    text: `${figures.bomb}: nobody waits for more than ${MAX_BLOCK_MS} ms`,
    measured: figures.honestMax,
    limit: MAX_BLOCK_MS,
    unit: ' ms',
    digits: 1,
  })
  if (figures.isValid) return [isSpared]
  return [
    {
      text: `${figures.bomb}: every one refused, nobody else cut off`,
      measured: `${figures.refused} of ${figures.sent}`,
      isMet: figures.refused === figures.sent && !figures.isCutOff,
    },
    checkGoal({
      text: `${figures.bomb}: refused in less than ${MAX_REFUSAL_MS} ms (p50) beyond the transfer`,
      measured: Math.max(0, figures.refusalP50 - figures.transferP50),
      limit: MAX_REFUSAL_MS,
      unit: ' ms',
      digits: 2,
    }),
    isSpared,
  ]
}
