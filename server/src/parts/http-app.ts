import { fileURLToPath } from 'node:url'
import type { Express } from 'express'
import { authorizeBy } from '#features/access/index.ts'
import type { Live } from '#features/live/index.ts'
import type { AllowedOrigins } from '#platform/http/allowed-origins.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { LoadShedder, type LoadShedderOptions } from '#platform/http/limits/load-shedder.ts'
import type { RequestLimiter } from '#platform/http/limits/request-limiter.ts'
import { createApp } from '../app.ts'
import type { ServerConfig } from '../config/config.ts'
import type { Foundation } from './foundation.ts'
import type { PeopleParts } from './people.ts'

export interface HttpAppParts
  extends Foundation, Pick<PeopleParts, 'identity' | 'oauth' | 'access'> {
  readonly live: Live
  readonly endpoints: readonly Endpoint[]
  readonly origins: AllowedOrigins
  readonly limiter: RequestLimiter
  readonly shedding: Pick<LoadShedderOptions, 'maxDelayMs'>
}

const webRoot = fileURLToPath(new URL('../../../web/dist', import.meta.url))

/** Requests, as far as they are no live sockets. */
export function openHttpApp(config: ServerConfig, parts: HttpAppParts): Express {
  const { links, identity, oauth, access, endpoints, origins, limiter, log, metrics } = parts
  const gates = { limiter, shedder: new LoadShedder({ ...parts.shedding, metrics }) }
  return createApp({
    ...gates,
    endpoints,
    routers: [identity.wellKnownRouter(gates), oauth.router(gates)],
    authenticate: identity.authenticate,
    cookies: identity.cookies,
    authorize: authorizeBy(access),
    origins,
    log,
    metrics,
    trustedProxies: config.http.trustedProxies,
    findTrouble: () => findTrouble(parts),
    describeState: () =>
      config.redisUrl === undefined ? {} : { redis: links.bus.isConnected ? 'connected' : 'away' },
    webRoot,
  })
}

async function findTrouble({ db, live }: HttpAppParts): Promise<string | undefined> {
  if (!(await db.isReachable())) return 'the database cannot be reached'
  return live.findTrouble()
}
