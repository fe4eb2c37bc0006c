import { createServer, type Server } from 'node:http'

export interface HttpTimeouts {
  /** Whoever sends the head of a request slower than this holds a connection for its own sake. */
  readonly headersMs: number
  /** Longer than proxies keep a connection for the next request, or they would use one that is being closed. */
  readonly idleMs: number
  /** How often connections are looked at. */
  readonly checkMs: number
}

const usual: HttpTimeouts = { headersMs: 20_000, idleMs: 75_000, checkMs: 5_000 }

/**
 * A server that waits for no head of a request for long, and for bodies as long as they come: uploads may take
 * hours. One that stalls is ended by its reader.
 */
export function openHttpServer({ headersMs, idleMs, checkMs }: HttpTimeouts = usual): Server {
  return createServer({
    requestTimeout: 0,
    headersTimeout: headersMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: checkMs,
  })
}
