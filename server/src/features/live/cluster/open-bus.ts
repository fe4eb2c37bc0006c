import type { Logger } from 'pino'
import { noBus, type Bus } from './bus.ts'

/** The client of Redis is only loaded where there is one. */
export async function openBus(redisUrl: string | undefined, log: Logger): Promise<Bus> {
  if (redisUrl === undefined) return noBus
  const { RedisBus } = await import('./redis-bus.ts')
  return RedisBus.open({ url: redisUrl, log: log.child({ component: 'redis' }) })
}
