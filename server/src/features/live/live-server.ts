import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes, parseDocumentName, type SessionId, type SpaceId } from '@cloudsync/protocol'
import type {
  connectedPayload,
  onAuthenticatePayload,
  onLoadDocumentPayload,
} from '@hocuspocus/server'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import type { Access, AccessChange } from '#features/access/index.ts'
import type { Identity } from '#features/identity/index.ts'
import { isUnavailable } from '#platform/db/database-errors.ts'
import type { Caller } from '#platform/http/caller.ts'
import { narrowTo } from '#platform/http/scopes.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { AccessReviews } from './access-reviews.ts'
import { authenticateOn } from './authenticate-on.ts'
import type { ClientClaims } from './client-claims.ts'
import type { ClientFolderUpdates } from './folders/client-folder-updates.ts'
import { closeOf, denial, Denial } from './denial.ts'
import type { FullSpaces } from './full-spaces.ts'
import { LiveAdmission } from './live-admission.ts'
import { LiveConnection } from './live-connection.ts'
import type { LiveMember } from './live-member.ts'
import type { LiveDocument } from './live-document.ts'
import type { ExchangedText, TextToExchange } from './live-documents.ts'
import { LiveHocuspocus } from './live-hocuspocus.ts'
import type { LiveMetrics } from './live-metrics.ts'
import type { LiveRooms } from './live-rooms.ts'
import type { LivePeople } from './live-people.ts'
import { LiveSocket } from './live-socket.ts'
import { LiveUpgrades } from './live-upgrades.ts'
import type { SocketLimits } from './socket-limits.ts'
import { greetingOf } from './opening-channel.ts'
import type { Quarantine } from './quarantine.ts'
import type { SpaceWatches } from './space-watches.ts'
import { TextExchange } from './text-exchange.ts'
import type { Transport } from './transport.ts'
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
  readonly people: LivePeople
  readonly acknowledge: 'durable' | 'memory'
  /** Reads what other servers have written to a document. Never rejects. */
  readonly catchUp: (live: LiveDocument) => Promise<void>
  /** As `catchUp`, where there are other servers at all. */
  readonly refresh: (live: LiveDocument) => Promise<void>
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

/** The live endpoints. No hook throws what Hocuspocus does not await, and no input ends the process. */
export class LiveServer {
  readonly hocuspocus: LiveHocuspocus
  readonly sockets = new Set<LiveSocket>()
  readonly #options: LiveServerOptions
  readonly #upgrades: LiveUpgrades
  readonly #admission: LiveAdmission
  readonly #reviews: AccessReviews
  readonly #turns = new Turns()
  readonly #exchange: TextExchange

  constructor(options: LiveServerOptions) {
    this.#options = options
    const { identity, limits, log } = options
    this.#admission = new LiveAdmission(options)
    this.#reviews = new AccessReviews({ admission: this.#admission, log })
    this.#upgrades = new LiveUpgrades({
      identity,
      maxStrangerBytes: limits.maxStrangerBytes,
      accept: (ws, transport, cookieSecret) => this.#accept(ws, transport, cookieSecret),
    })
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
    this.#exchange = new TextExchange({
      ...options,
      admission: this.#admission,
      turns: this.#turns,
    })
  }

  /** Brings a text and somebody's copy of it together. */
  exchangeText(caller: Caller, item: TextToExchange): Promise<ExchangedText> {
    return this.#exchange.exchange(caller, item)
  }

  /** Takes an HTTP upgrade, if it is for a live endpoint. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    return this.#upgrades.take(request, socket, head)
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
  async reviewAccess(change: AccessChange = {}): Promise<void> {
    this.#reviews.noteChange()
    await this.#reviews.review(this.#openConnections, change)
    await this.#options.watches.review(change.spaceId)
  }

  /** Closes the sockets over which a session has a document open. */
  endSession(sessionId: SessionId): void {
    this.#reviews.noteChange()
    for (const { member, socket } of this.#openConnections)
      if (member.sessionId === sessionId) socket.close(closeCodes.signedOut)
    this.#options.watches.endSession(sessionId)
  }

  /**
   * Takes no more sockets, waits for what was received to be durable, and sends everybody away. May be
   * called again.
   */
  async close(): Promise<void> {
    this.#upgrades.stop()
    await Promise.all(this.#openConnections.map((connection) => connection.drained()))
    for (const socket of this.sockets) socket.close(closeCodes.goingAway)
    await Promise.all([...this.sockets].map((socket) => socket.whenEnded))
    this.#upgrades.close()
  }

  get #openConnections(): LiveConnection[] {
    return [...this.sockets].flatMap((socket) => socket.openConnections)
  }

  #accept(ws: WebSocket, transport: Transport, cookieSecret?: string): LiveSocket {
    const { limits, log, people, rooms, watches } = this.#options
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
      people.release(socket)
      watches.closed(socket)
    })
    return socket
  }

  // ── Hooks. Each is awaited by Hocuspocus; what it throws is a denial, or ends the socket. ─────

  async #authenticate(payload: onAuthenticatePayload<LiveContext>): Promise<Partial<LiveContext>> {
    const { socket } = payload.context
    try {
      const ref = parseDocumentName(payload.documentName)
      if (!ref) throw denial(closeCodes.notFound)
      const judgedAt = this.#reviews.changes
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
      await this.#options.rooms.load(document, context.member?.userId, (stored) => {
        const { judgedAt, socket } = context
        // Whose access has to be judged again is told nothing before.
        if (judgedAt === this.#reviews.changes) socket?.greet(documentName, greetingOf(stored))
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
    const canEdit = await this.#reviews
      .judgeAgain(payload.context, member, live)
      .catch((error: unknown) => {
        this.#denialOf(error, socket)
        return false
      })
    if (!socket.isCurrent(live) || socket.isClosing) return
    const { acknowledge, claims, folderUpdates, log, metrics, people, quarantine, rooms } =
      this.#options
    if (!people.connect(member.userId, live.nodeId)) {
      socket.close(closeCodes.rateLimited)
      return
    }
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
      onClosed: () => people.disconnect(member.userId, live.nodeId),
      onRefused: () => this.#admission.refused(member.userId, live.nodeId),
      evict: (reason) => rooms.evict(live, reason),
      catchUp: () => this.#options.catchUp(live),
      folderUpdates,
      turnsOf: (userId, document) => ({
        inTurn: (work) => this.#turns.run(userId, work),
        asJob: (job) => this.#turns.runJob(userId, job),
        isCurrent: () => rooms.isCurrent(document),
      }),
    })
    connection.onClose(() => socket.ended(address))
    socket.opened(address, opened)
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
      const { member } = connection
      if (caller.userId !== member.userId) {
        connection.socket.close(closeCodes.signedOut)
        return
      }
      if (caller.scopes === undefined) return
      // It may allow less than the one before, and never more.
      connection.member = { ...member, ...narrowTo({ scopes: member.scopes }, caller.scopes) }
      await this.#reviews.review([connection])
    } catch (error) {
      if (error instanceof ProblemError && error.code !== 'unavailable')
        connection.socket.close(closeCodes.signedOut)
    }
  }
}
