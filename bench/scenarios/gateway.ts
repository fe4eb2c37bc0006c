import { loadHttp } from '../load/http-load.ts'
import { openExpress, openGateway, type GreetingServer } from '../peers/gateway-peers.ts'
import { readCpuSeconds } from '../peers/process-usage.ts'
import { ForeignLoad } from '../report/foreign-load.ts'
import { checkGoal } from '../report/goals.ts'
import { formatSpread } from '../report/markdown.ts'
import { median, summarize } from '../report/statistics.ts'
import type { Scenario } from './scenario.ts'

const CONNECTIONS = 32
const WARM_UP_REQUESTS = 60_000
const MIN_RATIO = 0.6
const MAX_COST_MS = 1

interface Figures {
  readonly perSecond: number[]
  /** Of the server's processor time, for each request. */
  readonly cpuMicros: number[]
  readonly p50: number[]
  readonly p95: number[]
}

/** What a request costs on its way through the gateway, beside bare Express. */
export const gatewayScenario: Scenario = {
  name: 'gateway',
  async run({ rounds, isQuick, say }) {
    await using express = await openExpress()
    await using gateway = await openGateway()
    const durationMs = isQuick ? 500 : 4_000
    const figures = { express: noFigures(), gateway: noFigures() }
    const foreignCores: number[] = []
    if (!isQuick) for (const server of [express, gateway]) await warmUp(server)
    for (let round = 1; round <= rounds; round += 1) {
      const foreign = new ForeignLoad([process.pid, express.process.pid, gateway.process.pid])
      const ofExpress = await measure(express, durationMs)
      const ofGateway = await measure(gateway, durationMs)
      add(figures.express, ofExpress)
      add(figures.gateway, ofGateway)
      foreignCores.push((await foreign.cores()) ?? Number.NaN)
      say(
        `gateway, round ${round}: ${ofGateway.perSecond.toFixed(0)} of ${ofExpress.perSecond.toFixed(0)} requests a second`,
      )
    }
    const ratiosOf = (one: readonly number[], other: readonly number[]) =>
      one.map((value, index) => value / (other[index] ?? Number.NaN))
    const ratios = ratiosOf(figures.gateway.perSecond, figures.express.perSecond)
    const cpuRatios = ratiosOf(figures.express.cpuMicros, figures.gateway.cpuMicros)
    const costs = figures.gateway.p95.map((p95, index) => p95 - (figures.express.p95[index] ?? 0))
    const row = (title: string, { perSecond, cpuMicros, p50, p95 }: Figures) => [
      title,
      formatSpread(perSecond, 0),
      formatSpread(cpuMicros, 0),
      formatSpread(p50, 3),
      formatSpread(p95, 3),
    ]
    return {
      name: 'gateway',
      title: 'The gateway',
      method: [
        'Bare Express 5 that answers a small JSON, and CloudSync as it starts by itself with one endpoint more that answers the same from memory to somebody who is signed in: request id, trace, metrics, security headers, load shedding, token and session, rate limit with its headers',
        `Requests a second: ${CONNECTIONS} connections, each asks again as soon as it has its answer; milliseconds: one connection that does`,
        'Processor time is what the server itself used for a request, and tells more than the clock where the machine is shared',
        `${WARM_UP_REQUESTS} requests to each before the first round; ${rounds} rounds that take turns, of ${durationMs / 1000} s each, medians (least–most); other processes kept ${median(foreignCores).toFixed(2)} of two cores busy (${foreignCores.map((cores) => cores.toFixed(1)).join(', ')})`,
      ],
      comparisons: [],
      tables: [
        {
          title: 'A cached read',
          header: ['', 'requests a second', 'µs of CPU each', 'p50 ms', 'p95 ms'],
          rows: [
            row('Bare Express', figures.express),
            row('Through the gateway', figures.gateway),
            [
              '**Ratio, and cost at p95**',
              formatSpread(ratios, 2),
              formatSpread(cpuRatios, 2),
              '',
              formatSpread(costs, 3),
            ],
          ],
        },
      ],
      goals: [
        checkGoal({
          text: `A cached authenticated read at least ${MIN_RATIO} × as often as bare Express answers, by the processor time of both`,
          measured: median(cpuRatios),
          limit: MIN_RATIO,
          unit: '×',
          digits: 2,
          atLeast: true,
        }),
        checkGoal({
          text: `The gateway costs at most ${MAX_COST_MS} ms at p95`,
          measured: median(costs),
          limit: MAX_COST_MS,
          unit: ' ms',
          digits: 3,
        }),
      ],
    }
  },
}

/** Until the compilers have done all that they do. */
async function warmUp({ url, headers }: GreetingServer): Promise<void> {
  for (let sent = 0; sent < WARM_UP_REQUESTS;) {
    const load = { url, headers, connections: CONNECTIONS, durationMs: 1_000 }
    sent += (await loadHttp(load)).latencies.length
  }
}

async function measure(server: GreetingServer, durationMs: number) {
  const { url, headers } = server
  const before = await cpuSeconds(server)
  const flood = await loadHttp({ url, headers, connections: CONNECTIONS, durationMs })
  const used = (await cpuSeconds(server)) - before
  const alone = await loadHttp({ url, headers, connections: 1, durationMs })
  const { p50, p95 } = summarize(Float64Array.from(alone.latencies))
  const cpuMicros = (used * 1e6) / flood.latencies.length
  return { perSecond: flood.requestsPerSecond, cpuMicros, p50, p95 }
}

async function cpuSeconds({ process: server }: GreetingServer): Promise<number> {
  return (await readCpuSeconds([server.pid])) ?? Number.NaN
}

function add(figures: Figures, measured: Awaited<ReturnType<typeof measure>>): void {
  const { perSecond, cpuMicros, p50, p95 } = measured
  figures.perSecond.push(perSecond)
  figures.cpuMicros.push(cpuMicros)
  figures.p50.push(p50)
  figures.p95.push(p95)
}

function noFigures(): Figures {
  return { perSecond: [], cpuMicros: [], p50: [], p95: [] }
}
