import { rm } from 'node:fs/promises'
import { CloudSyncPeer, makeDataDir } from '../peers/cloudsync-peer.ts'
import { openHocuspocus } from '../peers/hocuspocus-peer.ts'
import { openYWebsocket } from '../peers/y-websocket-peer.ts'
import { ForeignLoad } from '../report/foreign-load.ts'
import { checkGoal } from '../report/goals.ts'
import { formatNumber } from '../report/markdown.ts'
import type { Goal } from '../report/report.ts'
import { median } from '../report/statistics.ts'
import type { Scenario } from './scenario.ts'

const MAX_FRESH_MS = 2_500
const MAX_EXISTING_MS = 1_000

/** From the command to the first request that is answered. */
export const startScenario: Scenario = {
  name: 'start',
  async run({ rounds, say }) {
    const times = {
      fresh: [] as number[],
      existing: [] as number[],
      hocuspocus: [] as number[],
      yWebsocket: [] as number[],
    }
    const foreignCores: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const foreign = new ForeignLoad([process.pid])
      const dataDir = await makeDataDir()
      for (const kind of ['fresh', 'existing'] as const) {
        await using peer = await CloudSyncPeer.open({ dataDir })
        times[kind].push(peer.process.startMs)
      }
      await rm(dataDir, { recursive: true, force: true })
      {
        await using stock = await openHocuspocus()
        times.hocuspocus.push(stock.process.startMs)
      }
      {
        await using stock = await openYWebsocket()
        times.yWebsocket.push(stock.process.startMs)
      }
      foreignCores.push((await foreign.cores()) ?? Number.NaN)
      say(
        `start, round ${round}: ${Object.entries(times)
          .map(([kind, all]) => `${kind} ${all.at(-1)?.toFixed(0) ?? ''} ms`)
          .join(', ')}`,
      )
    }
    const row = (title: string, all: readonly number[]) => [
      title,
      formatNumber(median(all), 0),
      formatNumber(Math.min(...all), 0),
      formatNumber(Math.max(...all), 0),
    ]
    return {
      name: 'start',
      title: 'Start',
      method: [
        'From spawning the process to its first good answer (`/readyz` of CloudSync, any page of the others), asked for every 5 ms',
        'CloudSync brings its database up with itself; "new" makes one first',
        `${rounds} runs each; other processes kept ${median(foreignCores).toFixed(2)} cores busy (the database of the server counts as one of them here)`,
      ],
      comparisons: [],
      tables: [
        {
          title: 'Milliseconds to ready',
          header: ['', 'median', 'least', 'most'],
          rows: [
            row('CloudSync, new data directory', times.fresh),
            row('CloudSync, existing data', times.existing),
            row('Hocuspocus 4.7, no store', times.hocuspocus),
            row('y-websocket server 1.5, no store', times.yWebsocket),
          ],
        },
      ],
      goals: [
        goal('A new data directory', median(times.fresh), MAX_FRESH_MS),
        goal('Existing data', median(times.existing), MAX_EXISTING_MS),
      ],
    }
  },
}

function goal(what: string, measured: number, limit: number): Goal {
  return checkGoal({
    text: `${what}: ready in at most ${limit} ms`,
    measured,
    limit,
    unit: ' ms',
    digits: 0,
  })
}
