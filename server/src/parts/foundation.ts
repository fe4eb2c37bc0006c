import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { ClusterLinks } from '#features/live/index.ts'
import { systemClock, type Clock } from '#platform/clock.ts'
import { openDatabase, type Database } from '#platform/db/database.ts'
import { migrate } from '#platform/db/migrate.ts'
import { migrations } from '#platform/db/migrations/index.ts'
import { openKeyRing, type KeyRing } from '#platform/keys/key-ring.ts'
import { MasterKeyFile } from '#platform/keys/master-key-file.ts'
import { openRedisLink } from '#platform/redis/open-redis-link.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import type { ServerConfig } from '../config/config.ts'
import { openClusterLinks } from './cluster-links.ts'

/** What all features stand on. */
export interface Foundation {
  /** As this version has it. */
  readonly db: Database
  /** To what is sealed in it. */
  readonly keys: KeyRing
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
  readonly redis: RedisLink | undefined
  readonly links: ClusterLinks
}

/** Each measurement of the delay of the event loop wakes the process, however idle it is. */
const loopMonitoringMs = 50

export async function openFoundation(
  config: ServerConfig,
  log: Logger,
  stack: AsyncDisposableStack,
): Promise<Foundation> {
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: loopMonitoringMs })
  const db = stack.use(await openDatabase(config.database, log, { metrics }))
  await migrate(db, migrations, log)
  const keys = await openKeyRing(db, new MasterKeyFile(config.masterKey))
  const redis = stack.use(await openRedisLink(config.redisUrl, { log, metrics }))
  const links = await openClusterLinks(config, { db, keys, log }, stack)
  return { db, keys, clock: systemClock, log, metrics, redis, links }
}
