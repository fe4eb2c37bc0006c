import { randomUUID } from 'node:crypto'
import { closeCodes, parseSpaceChannel, type CloseCode } from '@cloudsync/protocol'
import type { Hocuspocus, WebSocketLike } from '@hocuspocus/server'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import {
  encodePongFrame,
  frameType,
  frameTypes,
  readAuthReply,
  readFrameHead,
  readToken,
  type FrameHead,
} from './frames.ts'
import type { LiveConnection } from './live-connection.ts'
import type { LiveDocument } from './live-document.ts'
import type { LivePerson, PersonSocket } from './live-people.ts'
import type { OpeningChannel } from './opening-channel.ts'
import { SocketChannels, type Channel } from './socket-channels.ts'
import type { SocketLimits } from './socket-limits.ts'
import { SocketReader } from './socket-reader.ts'
import type { Transport } from './transport.ts'

export interface LiveSocketOptions {
  readonly ws: WebSocket
  readonly transport: Transport
  /** Of the session cookie that came with a page of ours. */
  readonly cookieSecret?: string | undefined
  readonly limits: SocketLimits
  readonly log: Logger
  /** Hands the socket to Hocuspocus, which keeps the rooms. */
  readonly connect: (socket: WebSocketLike) => ClientConnection
  /** Whether a document in memory is still the one that new connections get. */
  readonly isCurrent: (live: LiveDocument) => boolean
  /** Lets the client follow a space. Never rejects. */
  readonly openWatch: (socket: LiveSocket, address: string, token: string) => Promise<void>
  /** Checks a renewed token on a document connection that is open already. */
  readonly renew: (token: string, connection: LiveConnection) => Promise<void>
}

/** Hocuspocus' side of a socket. */
type ClientConnection = ReturnType<Hocuspocus['handleConnection']>

/** What a join costs in frames, since it may send a whole document. */
const joinCost = 20

/** So much may wait in each socket that one person may have, before what waits in all of them is added up. */
const notableBytes = 64 * 1024

/** What is sent of a document for that counts as one more join. */
const bytesPerJoin = 256 * 1024

/** Work that counts as one more frame. */
const stepsPerFrame = 200

/**
 * One WebSocket. It guards what comes in (rate, size, order) and what goes out (slow readers), and
 * leads each frame to its document connection. Only authentication goes through Hocuspocus.
 */
export class LiveSocket implements PersonSocket {
  readonly id = randomUUID()
  readonly credentials: Transport['credentials']
  /** Of the session cookie that came with a page of ours. */
  readonly cookieSecret: string | undefined
  /** Who has authenticated last; its documents may be open for others beside them. */
  person: LivePerson | undefined
  isAlive = true
  /** Resolves when the socket has ended. */
  readonly whenEnded: Promise<void>
  readonly #options: LiveSocketOptions
  readonly #channels: SocketChannels
  readonly #reader: SocketReader
  readonly #client: ClientConnection
  readonly #authenticationTimer: NodeJS.Timeout
  readonly #ended = Promise.withResolvers<void>()
  #isCutOff = false
  /** How many of its documents have more to do than should wait. */
  #behind = 0
  #isClosing = false
  /** How often it was asked for the changes of a space. */
  #watchCount = 0
  /** Watches of which the token is being looked at. */
  #openingWatches = 0
  #isFollowing = false
  #isKnown = false

  constructor(options: LiveSocketOptions) {
    const { ws, transport, limits } = options
    this.#options = options
    this.whenEnded = this.#ended.promise
    this.credentials = transport.credentials
    this.cookieSecret = options.cookieSecret
    this.#channels = new SocketChannels(limits)
    this.#reader = new SocketReader({
      ws,
      limits,
      take: (frame) => this.receiveFrame(frame),
      mustWait: () => this.#behind > 0 || this.#channels.isHoldingAll,
      onFlood: () => this.close(closeCodes.rateLimited),
    })
    this.#client = options.connect({
      send: (data) => this.send(data as Uint8Array),
      close: () => this.close(closeCodes.tryAgainLater),
      get readyState() {
        return ws.readyState
      },
    })
    this.#authenticationTimer = setTimeout(() => {
      if (this.openConnections.length === 0 && !this.#isFollowing) this.close(closeCodes.signedOut)
    }, limits.authenticationTimeoutMs).unref()
    ws.on('message', (data, isBinary) => {
      if (isBinary) this.#receive(data as Buffer)
      else this.close(closeCodes.protocolError)
    })
    ws.on('pong', () => {
      this.isAlive = true
    })
    ws.on('error', (error) => {
      this.#options.log.debug({ err: error }, 'live socket failed')
      this.#terminateSoon()
    })
    ws.on('close', (code, reason) => this.#closed(code, String(reason)))
  }

  /** Whether it has closed, or is about to: nothing is taken from it any more. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  /** Whether a token that came over it was good. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  /** Whether no token has come over it, or none that was not refused. */
  get isStranger(): boolean {
    return !this.#isKnown && this.#openingWatches === 0 && !this.#channels.hasToken
  }

  /** Called when it follows a space. */
  follows(): void {
    this.#isFollowing = true
    this.#isKnown = true
  }

  get openConnections(): LiveConnection[] {
    return this.#channels.openConnections
  }

  /** Takes a frame as if the client had sent it. */
  receiveFrame(frame: Uint8Array): void {
    const head = readFrameHead(frame)
    if (!head) {
      this.close(closeCodes.protocolError)
      return
    }
    if (head.type === frameTypes.auth && parseSpaceChannel(head.address)) {
      this.#receiveWatch(head, frame)
      return
    }
    const channel = this.#channels.find(head.address)
    if (head.type === frameTypes.auth) this.#receiveAuth(head, frame, channel)
    else if (head.type === frameTypes.ping) this.send(encodePongFrame(head.address))
    else if (head.type === frameTypes.pong) this.isAlive = true
    else if (channel?.state === 'open') this.#deliver(channel.connection, head, frame)
    else this.#hold(head, frame, channel)
  }

  send(frame: Uint8Array): void {
    const { transport, limits, ws } = this.#options
    if (ws.readyState !== ws.OPEN) return
    const buffered = transport.bufferedBytes
    if (buffered > limits.maxBufferedBytes) {
      this.close(closeCodes.tooSlow)
      return
    }
    if (buffered > limits.skipPresenceBytes && frameType(frame) === frameTypes.awareness) return
    transport.send(frame)
    if (buffered + frame.length > notableBytes)
      this.person?.noteBuffered(this, transport.bufferedBytes)
    if (this.#channels.isOpening) this.#noteAuthReply(frame)
  }

  /**
   * Sends what is stored of a document to whoever waits here for it to open and has nothing of it. What
   * changes in the meantime follows when it is open.
   */
  greet(documentName: string, updates: readonly Uint8Array[]): void {
    const frames = this.#channels
      .findWaiting(documentName)
      ?.greet(updates, this.#options.limits.maxBufferedBytes / 2)
    for (const frame of frames ?? []) this.send(frame)
  }

  /** Whether a document connection that opens was sent all that was stored. */
  isGreeted(address: string): boolean {
    const channel = this.#channels.find(address)
    return channel?.state === 'opening' && channel.isGreeted
  }

  /** Whether a document connection may go on; closes the socket when its document was given up. */
  isCurrent(live: LiveDocument): boolean {
    if (this.#options.isCurrent(live)) return true
    this.close(closeCodes.evicted)
    return false
  }

  /** Called when Hocuspocus has opened a document connection: what waited for it is delivered. */
  opened(address: string, connection: LiveConnection): void {
    const frames = this.#channels.opened(address, connection)
    if (frames) this.#reader.putBack(frames)
  }

  /** Called when a document connection has ended while the socket may live on. */
  ended(address: string): void {
    const channel = this.#channels.find(address)
    if (channel?.state === 'open') channel.connection.closed()
    this.#forget(address)
  }

  close(code: CloseCode): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#reader.stop()
    const { ws, transport, log } = this.#options
    log.debug({ socket: this.id, reason: code.reason }, 'live socket closes')
    transport.close(code)
    // The answer to the closing handshake must be read too.
    ws.resume()
    this.#terminateSoon()
  }

  /** A peer that does not answer the closing handshake must not keep the socket. */
  #terminateSoon(): void {
    setTimeout(() => this.terminate(), closeTimeoutMs).unref()
  }

  /** Bytes that wait for its reader. */
  get bufferedBytes(): number {
    return this.#isCutOff ? 0 : this.#options.transport.bufferedBytes
  }

  /** Ends it at once, with all that waits in it: the reason would come last, to who does not read. */
  cutOff(): void {
    this.close(closeCodes.tooSlow)
    this.#isCutOff = true
    this.terminate()
  }

  /** Whether it is read slower than it sends; it cannot answer a ping then. */
  get isThrottled(): boolean {
    return this.#reader.isPaused
  }

  ping(): void {
    const { ws, transport } = this.#options
    if (ws.readyState !== ws.OPEN) return
    ws.ping()
    if (transport.keepAlive) ws.send(transport.keepAlive)
  }

  terminate(): void {
    this.#options.ws.terminate()
  }

  #receive(data: Buffer): void {
    if (this.#isClosing) return
    this.isAlive = true
    this.#reader.push(this.#options.transport.receive(data))
  }

  #deliver(connection: LiveConnection, head: FrameHead, frame: Uint8Array): void {
    // The first byte after the head tells a SyncStep1.
    const isJoin = head.type === frameTypes.sync && frame[head.offset] === 0
    // What everybody shows of themselves may be as much as a document.
    if (isJoin || head.type === frameTypes.queryAwareness) this.#chargeJoin()
    connection.receive(head, frame)
  }

  /** A document has more to do than should wait, or has caught up. */
  noteBehind(isBehind: boolean): void {
    this.#behind += isBehind ? 1 : -1
    if (this.#behind === 0) this.#reader.goOn()
  }

  /** Whoever comes over many sockets waits as who comes over one. */
  #chargeJoin(): void {
    this.#reader.charge(joinCost, this.person?.takeJoins(1))
  }

  /** Counts what a join has sent of its document. */
  chargeState(bytes: number): void {
    this.#reader.charge(0, this.person?.takeJoins(Math.floor(bytes / bytesPerJoin)))
  }

  /** Counts work that a frame took beyond what a frame takes, in steps of some 300 ns. */
  charge(steps: number): void {
    this.#reader.charge(Math.floor(steps / stepsPerFrame))
  }

  #receiveAuth(head: FrameHead, frame: Uint8Array, channel: Channel | undefined): void {
    if (channel?.state === 'open') {
      const token = readToken(frame, head.offset)
      if (token !== undefined) void this.#options.renew(token, channel.connection)
      return
    }
    if (this.#channels.isFull) {
      this.close(closeCodes.rateLimited)
      return
    }
    if (readToken(frame, head.offset) === undefined) {
      this.close(closeCodes.protocolError)
      return
    }
    this.#chargeJoin()
    const opening = channel ?? this.#channels.begin(head.address)
    opening.hasToken = true
    this.#client.handleMessage(frame)
  }

  #receiveWatch(head: FrameHead, frame: Uint8Array): void {
    const token = readToken(frame, head.offset)
    if (token === undefined || this.#watchCount >= this.#options.limits.maxDocuments) {
      this.close(closeCodes.protocolError)
      return
    }
    this.#watchCount += 1
    this.#chargeJoin()
    this.#openingWatches += 1
    void this.#options.openWatch(this, head.address, token).then(() => {
      this.#openingWatches -= 1
    })
  }

  #hold(head: FrameHead, frame: Uint8Array, channel: OpeningChannel | undefined): void {
    if (!channel && this.#channels.isFull) {
      this.close(closeCodes.rateLimited)
      return
    }
    const opening = channel ?? this.#channels.begin(head.address)
    if (!this.#channels.hold(opening, frame)) this.close(closeCodes.rateLimited)
  }

  /** Takes note of what Hocuspocus answers to a token. */
  #noteAuthReply(frame: Uint8Array): void {
    const reply = readAuthReply(frame)
    const channel = reply && this.#channels.find(reply.address)
    if (channel?.state !== 'opening') return
    if (reply?.isDenied) {
      this.#forget(channel.address)
      return
    }
    channel.isAuthenticated = true
    this.#isKnown = true
  }

  #forget(address: string): void {
    this.#channels.forget(address)
    this.#reader.goOn()
  }

  #closed(code: number, reason: string): void {
    this.#isClosing = true
    clearTimeout(this.#authenticationTimer)
    const connections = this.openConnections
    this.#reader.stop()
    this.#channels.clear()
    this.#client.handleClose({ code, reason })
    for (const connection of connections) connection.closed()
    this.#ended.resolve()
  }
}

const closeTimeoutMs = 3_000
