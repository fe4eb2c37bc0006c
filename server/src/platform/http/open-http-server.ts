import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'

export interface HttpTimeouts {
  /** Whoever sends the head of a request slower than this holds a connection for its own sake. */
  readonly headersMs: number
  /** Longer than proxies keep a connection for the next request, or they would use one that is being closed. */
  readonly idleMs: number
  /** How often connections are looked at. */
  readonly checkMs: number
  /** Whoever takes nothing of an answer for so long has gone. Default 120,000. */
  readonly readerMs?: number
}

const usual: HttpTimeouts = { headersMs: 20_000, idleMs: 75_000, checkMs: 5_000 }

/**
 * A server that waits for no head of a request for long, nor for who does not read its answers; and for bodies as
 * long as they come: uploads may take hours. One that stalls is ended by its reader.
 */
export function openHttpServer({
  headersMs,
  idleMs,
  checkMs,
  readerMs = 120_000,
}: HttpTimeouts = usual): Server {
  const server = createServer({
    requestTimeout: 0,
    headersTimeout: headersMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: checkMs,
    // Most have no body, and need no stream for it.
    optimizeEmptyRequests: true,
  })
  endStalledReaders(server, readerMs)
  return server
}

/** Node ends a connection over which nothing moves, and where an answer is under way it asks that first. */
function endStalledReaders(server: Server, readerMs: number): void {
  server.timeout = readerMs
  server.on('request', (_request, response) => response.on('timeout', endIfUnread))
}

/** One that waits for us is kept. */
function endIfUnread(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy()
}
