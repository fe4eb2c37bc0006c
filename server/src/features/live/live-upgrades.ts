import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes, parseDocumentName, type CloseCode } from '@cloudsync/protocol'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Identity } from '#features/identity/index.ts'
import { refuseUpgrade } from '#platform/http/refuse-upgrade.ts'
import { maxFrameBytes } from './frames.ts'
import { limitStranger } from './limit-stranger.ts'
import type { LiveSocket } from './live-socket.ts'
import { HocuspocusTransport, YWebsocketTransport, type Transport } from './transport.ts'

export interface LiveUpgradesOptions {
  readonly identity: Pick<Identity, 'cookies'>
  /** What may come over a socket without a good token. */
  readonly maxStrangerBytes: number
  readonly accept: (ws: WebSocket, transport: Transport, cookieSecret?: string) => LiveSocket
}

const pathPrefix = '/live'

/**
 * The ways in: `/live` speaks the Hocuspocus protocol, `/live/y/<document>?token=` the plain Yjs protocol.
 */
export class LiveUpgrades {
  readonly #options: LiveUpgradesOptions
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  })
  #isStopped = false

  constructor(options: LiveUpgradesOptions) {
    this.#options = options
  }

  /** Takes an HTTP upgrade, if it is for a live endpoint; says whether it was. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const url = parseUrl(request)
    if (!url || (url.pathname !== pathPrefix && !url.pathname.startsWith(`${pathPrefix}/y/`)))
      return false
    if (this.#isStopped) {
      refuseUpgrade(socket, 'unavailable', { 'retry-after': '1' })
      return true
    }
    socket.on('error', () => socket.destroy())
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      const secret = this.#options.identity.cookies.cookie.readForSocket(request)
      const live =
        url.pathname === pathPrefix
          ? this.#options.accept(ws, new HocuspocusTransport(ws), secret)
          : this.#acceptYWebsocket(ws, url)
      if (live) limitStranger(socket, live, this.#options.maxStrangerBytes)
    })
    return true
  }

  /** Takes no more sockets. */
  stop(): void {
    this.#isStopped = true
  }

  /** To be called when all sockets have ended. */
  close(): void {
    this.#webSockets.close()
  }

  #acceptYWebsocket(ws: WebSocket, url: URL): LiveSocket | undefined {
    const name = decodePath(url.pathname.slice(`${pathPrefix}/y/`.length))
    const token = url.searchParams.get('token')
    if (name === undefined || !parseDocumentName(name) || token === null) {
      sendAway(ws, closeCodes.notFound)
      return undefined
    }
    const transport = new YWebsocketTransport(ws, name)
    const socket = this.#options.accept(ws, transport)
    socket.receiveFrame(transport.authFrame(token))
    return socket
  }
}

const sendAwayMs = 3_000

/** Closes a socket that nothing else listens to: an error without a listener would end the process. */
function sendAway(ws: WebSocket, { code, reason }: CloseCode): void {
  ws.on('error', () => ws.terminate())
  ws.close(code, reason)
  setTimeout(() => ws.terminate(), sendAwayMs).unref()
}

function parseUrl(request: IncomingMessage): URL | undefined {
  return URL.parse(request.url ?? '', 'http://localhost') ?? undefined
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
