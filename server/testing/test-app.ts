import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SessionId, UserId } from '@cloudsync/protocol'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { createApp, type AppOptions } from '../src/app.ts'
import { AllowedOrigins } from '../src/platform/http/allowed-origins.ts'
import { LoadShedder } from '../src/platform/http/limits/load-shedder.ts'
import { RequestLimiter } from '../src/platform/http/limits/request-limiter.ts'
import { openHttpServer, type HttpTimeouts } from '../src/platform/http/open-http-server.ts'
import { ProblemError } from '../src/platform/problem-error.ts'

export interface TestApp extends AsyncDisposable {
  readonly url: string
  readonly http: Server
  readonly metrics: Registry
}

/** The pipeline alone, with endpoints of a test's own. Any token of the form `user-<id>` is somebody's. */
export async function openTestApp(
  options: Partial<AppOptions>,
  timeouts?: HttpTimeouts,
): Promise<TestApp> {
  const metrics = options.metrics ?? new Registry()
  const app = createApp({
    endpoints: [],
    routers: [],
    authenticate: (token) =>
      token.startsWith('user-')
        ? Promise.resolve({
            userId: token.slice('user-'.length) as UserId,
            sessionId: token as SessionId,
            isAdmin: false,
            isAuditor: false,
          })
        : Promise.reject(new ProblemError('not_signed_in')),
    authorize: () => Promise.reject(new ProblemError('forbidden')),
    limiter: new RequestLimiter(),
    shedder: options.shedder ?? new LoadShedder({ metrics }),
    origins: new AllowedOrigins([]),
    log: pino({ level: 'silent' }),
    trustedProxies: 'loopback',
    findTrouble: () => Promise.resolve(undefined),
    describeState: () => ({}),
    webRoot: '/nowhere',
    ...options,
    metrics,
  })
  const http = openHttpServer(timeouts)
  http.on('request', app)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    http,
    metrics,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}
