import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Live } from '#features/live/index.ts'
import type { AllowedOrigins } from '#platform/http/allowed-origins.ts'
import { refuseUpgrade } from '#platform/http/refuse-upgrade.ts'
import type { ServerConfig } from '../config/config.ts'

export interface Served {
  readonly app: RequestListener
  readonly live: Live
  readonly origins: AllowedOrigins
}

/** How long a shutdown waits for requests under way. */
const shutdownTimeoutMs = 10_000

/** Answers requests and upgrades to live sockets. */
export function serve(http: Server, { app, live, origins }: Served): void {
  http.on('request', app)
  http.on('upgrade', (request, socket, head) => {
    if (!origins.admits(request)) refuseUpgrade(socket, 'origin_refused')
    else if (!live.handleUpgrade(request, socket, head)) refuseUpgrade(socket, 'not_found')
  })
}

/** Gives where it can be reached. */
export async function startListening(
  http: Server,
  config: ServerConfig['http'],
  stack: AsyncDisposableStack,
): Promise<string> {
  await listen(http, config)
  stack.defer(() => {
    http.close()
    http.closeIdleConnections()
  })
  const { port } = http.address() as AddressInfo
  return listeningUrl({ ...config, port })
}

/** Lets requests under way finish, and cuts off what takes too long. */
export async function untilClosed(http: Server): Promise<void> {
  const timer = setTimeout(() => http.closeAllConnections(), shutdownTimeoutMs)
  // A server that never listened has nothing to close.
  if (http.listening) http.close()
  await new Promise<void>((resolve) => {
    http.getConnections((_error, count) => {
      if (count === 0) resolve()
      else http.once('close', resolve)
    })
  })
  clearTimeout(timer)
}

export function listeningUrl({
  host,
  port,
}: {
  readonly host: string
  readonly port: number
}): string {
  return `http://${hostInUrl(host)}:${port}`
}

function listen(http: Server, { host, port }: ServerConfig['http']): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      resolve()
    })
  })
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
