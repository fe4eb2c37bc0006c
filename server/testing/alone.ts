import { noBus } from '../src/features/live/cluster/bus.ts'
import type { ClusterLinks } from '../src/features/live/cluster/cluster.ts'
import type { Notices } from '../src/platform/db/notices.ts'

/** For parts that are tried alone: nobody else is there to be told. */
export const noNotices: Pick<Notices, 'on' | 'send' | 'onMissed'> = {
  on: () => undefined,
  onMissed: () => undefined,
  send: () => Promise.resolve(),
}

/** The parts of a cluster of one server, for a live core that is tried alone. */
export const alone: ClusterLinks = {
  notices: noNotices,
  roll: { serverId: 'alone', others: new Set<string>(), onGone: () => undefined },
  bus: noBus,
}
