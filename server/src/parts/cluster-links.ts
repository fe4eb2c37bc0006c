import type { Logger } from 'pino'
import { openBus, type ClusterLinks } from '#features/live/index.ts'
import { ServerRoll } from '#platform/cluster/server-roll.ts'
import type { Database } from '#platform/db/database.ts'
import { Notices } from '#platform/db/notices.ts'
import { followRotations } from '#platform/keys/follow-rotations.ts'
import type { KeyRing } from '#platform/keys/key-ring.ts'
import type { ServerConfig } from '../config/config.ts'

export interface ClusterLinksParts {
  readonly db: Database
  readonly keys: KeyRing
  readonly log: Logger
}

/** The notice of a server that is new on the roll. */
const serverJoined = 'server_joined'

/** The ways to the other servers. */
export async function openClusterLinks(
  { redisUrl }: ServerConfig,
  { db, keys, log }: ClusterLinksParts,
  stack: AsyncDisposableStack,
): Promise<ClusterLinks> {
  const roll = stack.use(await ServerRoll.open({ db: db.kysely, log }))
  const notices = stack.use(Notices.open({ db, log }, roll.serverId))
  notices.on(serverJoined, () => void roll.beat())
  void notices.send(serverJoined)
  stack.use(followRotations(keys, notices, log))
  const bus = stack.use(await openBus(redisUrl, log))
  return { roll, notices, bus }
}
