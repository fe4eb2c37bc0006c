import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Live } from '#features/live/index.ts'
import { admitUpgrade, type UpgradeOptions } from '#platform/http/admit-upgrade.ts'
import { refuseUpgrade } from '#platform/http/refuse-upgrade.ts'
import type { ServerConfig } from '../config/config.ts'

export interface Served extends UpgradeOptions {
  readonly live: Live
}

/** How long a shutdown waits for requests under way. */
const shutdownTimeoutMs = 10_000

/** Answers requests and upgrades to live sockets. */
export function serve(http: Server, { live, ...doors }: Served): void {
  http.on('request', doors.app)
  http.on('upgrade', (request, socket, head) => {
    void admitUpgrade(request, socket, doors).then((isAdmitted) => {
      if (isAdmitted && !live.handleUpgrade(request, socket, head))
        refuseUpgrade(socket, 'not_found')
    })
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
