import { AllowedOrigins } from '#platform/http/allowed-origins.ts'
import type { Endpoint } from '#platform/http/endpoint.ts'
import { RequestLimiter } from '#platform/http/limits/request-limiter.ts'
import { openHttpServer } from '#platform/http/open-http-server.ts'
import { banner } from './banner.ts'
import type { ServerConfig } from './config/config.ts'
import { openLog } from './open-log.ts'
import { openFileParts } from './parts/files.ts'
import { openFoundation } from './parts/foundation.ts'
import { openHttpApp } from './parts/http-app.ts'
import { listeningUrl, serve, startListening, untilClosed } from './parts/http-listener.ts'
import { openPeople } from './parts/people.ts'
import type { ServerOverrides } from './parts/server-overrides.ts'

export interface CloudSyncServer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /** What to tell the person who started it. */
  readonly banner: string
  /** What it serves below `/api/v1`. */
  readonly endpoints: readonly Endpoint[]
}

/** Opens all parts in order and listens; closing the server closes them in reverse. */
export async function openServer(
  config: ServerConfig,
  overrides: ServerOverrides = {},
): Promise<CloudSyncServer> {
  const started = performance.now()
  await using stack = new AsyncDisposableStack()
  if (overrides.held) stack.use(overrides.held)
  const log = overrides.log ?? openLog(config)
  const place = { url: listeningUrl(config.http) }
  const publicUrl = () => config.http.publicUrl ?? place.url

  const base = await openFoundation(config, log, stack)
  const people = await openPeople(config, { ...base, publicUrl }, stack, overrides)
  const { identity, oauth, access } = people
  // Sockets belong to it too: it has closed only when the live core has sent them away.
  const http = openHttpServer()
  stack.defer(() => untilClosed(http))
  const files = await openFileParts(config, { ...base, identity, access }, stack, overrides)
  const { live } = files

  const endpoints = [...people.endpoints, ...files.endpoints, ...(overrides.endpoints ?? [])]
  const { rateLimitPerMinute: perMinute } = config.http
  const limiter = new RequestLimiter({ perMinute, redis: base.redis })
  const doors = { limiter, origins: openOrigins(config.http) }
  const served = { identity, oauth, access, live, endpoints }
  const { shedding = {} } = overrides
  const app = openHttpApp(config, { ...base, ...served, ...doors, shedding })
  serve(http, { app, live, ...doors })
  place.url = await startListening(http, config.http, stack)
  // The first to end: requests are answered meanwhile, and one of them that it is not ready any more.
  stack.defer(() => live.drain())
  const { url } = place
  log.info({ url, startMs: Math.round(performance.now() - started) }, 'ready')

  const running = stack.move()
  return {
    url,
    endpoints,
    banner: banner(publicUrl(), people.firstAccount),
    async [Symbol.asyncDispose]() {
      log.info('stopping')
      await running.disposeAsync()
    },
  }
}

function openOrigins({ corsOrigins, publicUrl }: ServerConfig['http']): AllowedOrigins {
  return new AllowedOrigins(corsOrigins, publicUrl)
}
