import type { Logger } from 'pino'
import type { ServerRoll } from '#platform/cluster/server-roll.ts'
import type { Notices } from '#platform/db/notices.ts'
import type { DocumentStore } from '../document-store.ts'
import type { LiveDocument } from '../live-document.ts'
import type { LiveMetrics } from '../live-metrics.ts'
import type { LiveRooms } from '../live-rooms.ts'
import type { LiveServer } from '../live-server.ts'
import type { UpdateLog } from '../update-log.ts'
import type { Bus } from './bus.ts'
import { FanOut } from './fan-out.ts'
import { LogComparison } from './log-comparison.ts'
import { RemoteCommands } from './remote-commands.ts'

/** What the live core needs of the other servers. */
export interface ClusterLinks {
  readonly notices: Pick<Notices, 'on' | 'onMissed' | 'send'>
  /** The servers that share the database. */
  readonly roll: Pick<ServerRoll, 'serverId' | 'others' | 'onGone'>
  readonly bus: Bus
}

export interface ClusterOptions {
  readonly links: ClusterLinks
  readonly log: Logger
  readonly metrics: LiveMetrics
  readonly store: DocumentStore
  /** Made after the cluster, which they need. */
  readonly parts: () => {
    readonly rooms: LiveRooms
    readonly server: LiveServer
    readonly updateLog: UpdateLog
  }
}

/** How often the log is looked at for what other servers have written, with Redis and without. */
const comparedWithBusMs = 2_000
const comparedAloneMs = 250

/** The part of the live core that makes several servers one. */
export class Cluster {
  readonly fanOut: FanOut
  readonly commands: RemoteCommands
  readonly #options: ClusterOptions
  readonly #comparison: LogComparison

  constructor(options: ClusterOptions) {
    this.#options = options
    const { links, log, metrics, parts, store } = options
    const { bus, notices, roll } = links
    const fanOut = new FanOut({
      bus,
      serverId: roll.serverId,
      metrics,
      catchUp: (live) => parts().rooms.catchUp(live),
    })
    const comparison = new LogComparison({
      log,
      documents: () => parts().rooms.all,
      findPositions: (ids) => store.findPositions(ids),
      isAppending: (id) => parts().updateLog.isAppending(id),
      catchUp: (live) => fanOut.catchUp(live),
      intervalMs: () => {
        if (roll.others.size === 0) return undefined
        return bus.isConnected ? comparedWithBusMs : comparedAloneMs
      },
    })
    roll.onGone((serverId) => fanOut.presence.serverGone(serverId))
    bus.onConnected(() => void comparison.compare())
    notices.onMissed(() => {
      void parts().server.reviewAccess()
      void comparison.compare()
    })
    this.commands = new RemoteCommands({
      notices,
      rooms: () => parts().rooms,
      reviewAccess: () => parts().server.reviewAccess(),
    })
    this.fanOut = fanOut
    this.#comparison = comparison
  }

  /** Takes what other servers have written to a document by now. */
  async refresh(live: LiveDocument): Promise<void> {
    const { links, parts } = this.#options
    if (links.roll.others.size > 0 && !parts().updateLog.isAppending(live.nodeId))
      await this.fanOut.catchUp(live)
  }

  close(): void {
    this.#comparison.close()
  }
}
