import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Express, Request } from 'express'
import { ProblemError } from '../problem-error.ts'
import type { AllowedOrigins } from './allowed-origins.ts'
import type { LimitedRoute, RequestLimiter } from './limits/request-limiter.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'

export interface UpgradeOptions {
  /** Knows which proxies are believed. */
  readonly app: Express
  readonly origins: AllowedOrigins
  readonly limiter: RequestLimiter
}

const anySocket: LimitedRoute = { method: 'get', path: '/live', limit: 'socket' }

/**
 * What stands before whoever asks for another protocol: the page must be allowed to, and its network have some left.
 * Gives whether it may go on; it has been answered when it may not.
 */
export async function admitUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { app, origins, limiter }: UpgradeOptions,
): Promise<boolean> {
  // It may break off while it waits.
  socket.on('error', () => socket.destroy())
  try {
    if (!origins.admits(request)) throw new ProblemError('origin_refused')
    await limiter.takeFrom(anySocket, addressOf(request, app))
    return true
  } catch (error) {
    if (!(error instanceof ProblemError)) refuseUpgrade(socket, 'internal')
    else refuseUpgrade(socket, error.code, error.headers)
    return false
  }
}

/** As Express has it for all other requests, which never sees those for another protocol. */
function addressOf(request: IncomingMessage, app: Express): string | undefined {
  return (Object.setPrototypeOf(request, app.request) as Request).ip
}
