import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  closeCodes,
  parseDocumentName,
  type CloseCode,
  type SessionId,
  type SpaceId,
} from '@cloudsync/protocol'
import type {
  connectedPayload,
  onAuthenticatePayload,
  onLoadDocumentPayload,
} from '@hocuspocus/server'
import type { Logger } from 'pino'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Access, AccessChange } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import { isUnavailable } from '#platform/db/database-errors.ts'
import { refuseUpgrade } from '#platform/http/refuse-upgrade.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { authenticateOn } from './authenticate-on.ts'
import type { ClientClaims } from './client-claims.ts'
import type { ClientFolderUpdates } from './folders/client-folder-updates.ts'
import { closeOf, denial, Denial } from './denial.ts'
import { maxFrameBytes } from './frames.ts'
import type { FullSpaces } from './full-spaces.ts'
import { LiveAdmission } from './live-admission.ts'
import { LiveConnection } from './live-connection.ts'
import type { LiveMember } from './live-member.ts'
import type { LiveDocument } from './live-document.ts'
import { LiveHocuspocus } from './live-hocuspocus.ts'
import type { LiveMetrics } from './live-metrics.ts'
import type { LiveRooms } from './live-rooms.ts'
import { LiveSocket } from './live-socket.ts'
import { limitStranger } from './limit-stranger.ts'
import type { SocketLimits } from './socket-limits.ts'
import { greetingOf } from './opening-channel.ts'
import type { Quarantine } from './quarantine.ts'
import type { SpaceWatches } from './space-watches.ts'
import { HocuspocusTransport, YWebsocketTransport, type Transport } from './transport.ts'
import { Turns } from './turns.ts'

export interface LiveServerOptions {
  readonly rooms: LiveRooms
  readonly claims: ClientClaims
  readonly quarantine: Quarantine
  readonly identity: Pick<
    Identity,
    'authenticate' | 'cookies' | 'findSessionCaller' | 'findUser' | 'verifyToken'
  >
  readonly access: Access
  readonly metrics: LiveMetrics
  readonly log: Logger
  readonly limits: SocketLimits
  readonly acknowledge: 'durable' | 'memory'
  /** Reads what other servers have written to a document. Never rejects. */
  readonly catchUp: (live: LiveDocument) => Promise<void>
  readonly folderUpdates: ClientFolderUpdates
  readonly watches: SpaceWatches
  readonly fullSpaces: FullSpaces
}

/** What Hocuspocus carries along for a document connection. */
interface LiveContext {
  readonly socket: LiveSocket
  readonly member?: LiveMember
  readonly canEdit?: boolean
  readonly spaceId?: SpaceId
  /** The node lies in the trash; edits made before that was seen bring it back. */
  readonly isReturning?: boolean
  /** The count of changes to sessions and roles when the access was looked at. */
  readonly judgedAt?: number
}

const pathPrefix = '/live'

/** As many as have connections to the database. */
const reviewsAtOnce = 8

/**
 * The live endpoints: `/live` speaks the Hocuspocus protocol, `/live/y/<document>?token=` the plain Yjs
 * protocol. No hook throws what Hocuspocus does not await, and no input ends the process.
 */
export class LiveServer {
  readonly hocuspocus: LiveHocuspocus
  readonly sockets = new Set<LiveSocket>()
  readonly #options: LiveServerOptions
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  })
  readonly #admission: LiveAdmission
  readonly #turns = new Turns()
  #isClosing = false
  /** Grows with each change to a session or a role. */
  #changes = 0

  constructor(options: LiveServerOptions) {
    this.#options = options
    const { identity, access } = options
    this.#admission = new LiveAdmission({ identity, access, sockets: this.sockets })
    this.hocuspocus = new LiveHocuspocus(
      {
        extensions: [
          {
            onAuthenticate: (payload) => this.#authenticate(payload),
            onLoadDocument: (payload) => this.#load(payload),
            connected: (payload) => this.#connected(payload),
          },
        ],
      },
      () => options.rooms.budget.collect(),
    )
    options.rooms.attach(this.hocuspocus)
  }

  /** Takes an HTTP upgrade, if it is for a live endpoint. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const url = parseUrl(request)
    if (!url || (url.pathname !== pathPrefix && !url.pathname.startsWith(`${pathPrefix}/y/`)))
      return false
    if (this.#isClosing) {
      refuseUpgrade(socket, 'unavailable', { 'retry-after': '1' })
      return true
    }
    socket.on('error', () => socket.destroy())
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      const secret = this.#options.identity.cookies.cookie.readForSocket(request)
      const live =
        url.pathname === pathPrefix
          ? this.#accept(ws, new HocuspocusTransport(ws), secret)
          : this.#acceptYWebsocket(ws, url)
      if (live) limitStranger(socket, live, this.#options.limits.maxStrangerBytes)
    })
    return true
  }

  /** Sends a ping to every socket and ends those that have not answered the last one. */
  heartbeat(): void {
    for (const socket of this.sockets) {
      if (!socket.isAlive && !socket.isThrottled) {
        socket.terminate()
        continue
      }
      socket.isAlive = false
      socket.ping()
    }
  }

  /** Looks at the access of open connections anew: in one space, or everywhere. */
  async reviewAccess({ spaceId, userId }: AccessChange = {}): Promise<void> {
    this.#changes += 1
    const connections = this.#openConnections.filter(
      (connection) => spaceId === undefined || connection.spaceId === spaceId,
    )
    // Whose access it is above all comes first.
    const [first, others] = [true, false].map((isFirst) =>
      connections.filter(({ member }) => (member.userId === userId) === isFirst),
    )
    const waiting = [...(first ?? []), ...(others ?? [])].values()
    const reviewInTurn = async () => {
      for (const connection of waiting) await this.#review(connection)
    }
    await Promise.all(Array.from({ length: reviewsAtOnce }, reviewInTurn))
    await this.#options.watches.review(spaceId)
  }

  /** Closes the sockets over which a session has a document open. */
  endSession(sessionId: SessionId): void {
    this.#changes += 1
    for (const { member, socket } of this.#openConnections)
      if (member.sessionId === sessionId) socket.close(closeCodes.signedOut)
    this.#options.watches.endSession(sessionId)
  }

  /**
   * Takes no more sockets, waits for what was received to be durable, and sends everybody away. May be
   * called again.
   */
  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.#openConnections.map((connection) => connection.drained()))
    for (const socket of this.sockets) socket.close(closeCodes.goingAway)
    await Promise.all([...this.sockets].map((socket) => socket.whenEnded))
    this.#webSockets.close()
  }

  get #openConnections(): LiveConnection[] {
    return [...this.sockets].flatMap((socket) => socket.openConnections)
  }

  #accept(ws: WebSocket, transport: Transport, cookieSecret?: string): LiveSocket {
    const { limits, log, rooms, watches } = this.#options
    const request = new Request('http://localhost/')
    const socket: LiveSocket = new LiveSocket({
      ws,
      transport,
      cookieSecret,
      limits,
      log,
      connect: (like) =>
        this.hocuspocus.handleConnection(like, request, {
          get socket() {
            return socket
          },
        }),
      isCurrent: (live) => rooms.isCurrent(live),
      openWatch: (watcher, address, token) => watches.open(watcher, address, token),
      renew: (token, connection) => this.#renew(token, connection),
    })
    this.sockets.add(socket)
    void socket.whenEnded.then(() => {
      this.sockets.delete(socket)
      watches.closed(socket)
    })
    return socket
  }

  #acceptYWebsocket(ws: WebSocket, url: URL): LiveSocket | undefined {
    const name = decodePath(url.pathname.slice(`${pathPrefix}/y/`.length))
    const token = url.searchParams.get('token')
    if (name === undefined || !parseDocumentName(name) || token === null) {
      sendAway(ws, closeCodes.notFound)
      return undefined
    }
    const transport = new YWebsocketTransport(ws, name)
    const socket = this.#accept(ws, transport)
    socket.receiveFrame(transport.authFrame(token))
    return socket
  }

  // ── Hooks. Each is awaited by Hocuspocus; what it throws is a denial, or ends the socket. ─────

  async #authenticate(payload: onAuthenticatePayload<LiveContext>): Promise<Partial<LiveContext>> {
    const { socket } = payload.context
    try {
      const ref = parseDocumentName(payload.documentName)
      if (!ref) throw denial(closeCodes.notFound)
      const judgedAt = this.#changes
      const { member, canEdit, spaceId, isReturning } = await this.#admission.admit(
        payload.token,
        payload.documentName,
        ref,
        socket,
      )
      payload.connectionConfig.readOnly = !canEdit
      return { member, canEdit, spaceId, isReturning, judgedAt }
    } catch (error) {
      throw this.#denialOf(error, socket)
    }
  }

  async #load(payload: onLoadDocumentPayload<Partial<LiveContext>>): Promise<void> {
    const { document, documentName, context } = payload
    try {
      await this.#options.rooms.load(document, (stored) => {
        const { judgedAt, socket } = context
        // Whose access has to be judged again is told nothing before.
        if (judgedAt === this.#changes) socket?.greet(documentName, greetingOf(stored))
      })
    } catch (error) {
      // Hocuspocus keeps no hold of a document whose load failed, and so never ends its timers.
      document.destroy()
      const { socket } = context
      // A stock provider takes a denial for final; a closed socket it opens again.
      if (socket) throw this.#denialOf(error, socket)
      throw error
    }
  }

  async #connected(payload: connectedPayload<LiveContext>): Promise<void> {
    const { connection } = payload
    const { socket, member, isReturning, spaceId } = payload.context
    const live = this.#options.rooms.find(connection.document)
    if (!live || !member || !spaceId) {
      socket.close(closeCodes.evicted)
      return
    }
    const canEdit = await this.#judgeAgain(payload.context, member, live).catch(
      (error: unknown) => {
        this.#denialOf(error, socket)
        return false
      },
    )
    if (!socket.isCurrent(live) || socket.isClosing) return
    const { acknowledge, claims, folderUpdates, log, metrics, quarantine, rooms } = this.#options
    const address = connection.messageAddress
    const opened = new LiveConnection({
      connection,
      live,
      socket,
      member,
      canEdit,
      spaceId,
      isSpaceFull: (id) => live.kind === 'text' && this.#options.fullSpaces.has(id),
      isReturning: isReturning ?? false,
      isGreeted: socket.isGreeted(address),
      claims,
      quarantine,
      metrics,
      log,
      acknowledge,
      onRefused: () => this.#admission.refused(member.userId, live.nodeId),
      evict: (reason) => rooms.evict(live, reason),
      catchUp: () => this.#options.catchUp(live),
      folderUpdates,
      turnsOf: (userId, document) => ({
        inTurn: (work) => this.#turns.run(userId, work),
        isCurrent: () => rooms.isCurrent(document),
      }),
    })
    connection.onClose(() => socket.ended(address))
    socket.opened(address, opened)
  }

  /** Sessions and roles may change while a document is loaded. Gives whether they may edit now. */
  async #judgeAgain(context: LiveContext, member: LiveMember, live: LiveDocument) {
    let { canEdit, judgedAt } = context
    while (judgedAt !== this.#changes) {
      judgedAt = this.#changes
      const judgement = await this.#admission.judge(member, live.nodeId)
      // That it lies in the trash is known already of who returns to it.
      if (judgement.kind === 'out' && judgement.code === closeCodes.trashed && context.isReturning)
        continue
      if (judgement.kind === 'out') context.socket.close(judgement.code)
      canEdit = judgement.kind === 'in' && judgement.canEdit
    }
    return canEdit ?? false
  }

  /** What a failed authentication or load means for the client. */
  #denialOf(error: unknown, socket: LiveSocket): Denial {
    if (error instanceof Denial) {
      if (socket.credentials === 'ticket') socket.close(error.close)
      return error
    }
    if (error instanceof ProblemError && error.code !== 'unavailable')
      return this.#denialOf(denial(closeOf(error)), socket)
    if (!isUnavailable(error) && !(error instanceof ProblemError))
      this.#options.log.error({ err: error }, 'live document could not be opened')
    socket.close(closeCodes.tryAgainLater)
    return denial(closeCodes.tryAgainLater)
  }

  // ── What changes while a connection is open ──────────────────────────────────────────────────

  async #renew(token: string, connection: LiveConnection): Promise<void> {
    try {
      const caller = await authenticateOn(connection.socket, token, this.#options.identity)
      if (caller.userId !== connection.member.userId) connection.socket.close(closeCodes.signedOut)
    } catch (error) {
      if (error instanceof ProblemError && error.code !== 'unavailable')
        connection.socket.close(closeCodes.signedOut)
    }
  }

  async #review(connection: LiveConnection): Promise<void> {
    try {
      const judgement = await this.#admission.judge(connection.member, connection.live.nodeId)
      if (judgement.kind === 'in') connection.setAccess(judgement.canEdit, judgement.spaceId)
      else await this.#sendAway(connection, judgement.code)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'access of a live connection could not be reviewed')
    }
  }

  async #sendAway(connection: LiveConnection, code: CloseCode): Promise<void> {
    // What was received before the trash is written first.
    if (code === closeCodes.trashed) await connection.drained()
    connection.socket.close(code)
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
