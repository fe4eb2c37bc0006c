import { WebSocket } from 'ws'
import type { LiveTarget } from './live-target.ts'
import { Wire } from './wire.ts'

export interface LiveClientOptions {
  readonly target: LiveTarget
  readonly document: string
  /** The Yjs client ids under which this client will write. */
  readonly clientIds: readonly number[]
  /** What this client holds and the server may lack, as a V1 update. Default: nothing. */
  readonly state?: Uint8Array
  /** The server has taken (or refused) the oldest update that it had not answered yet. */
  readonly onStatus?: (isTaken: boolean) => void
  /** A frame with an update; `client.wire` reads it. */
  readonly onUpdate?: (frame: Uint8Array) => void
  readonly onPong?: () => void
  readonly onClose?: (code: number) => void
}

/** A V1 update of no structs and no deletions. */
const EMPTY_UPDATE = Uint8Array.of(0, 0)

const KEEP_ALIVE_MS = 20_000

const OPEN_TIMEOUT_MS = 120_000

/**
 * One client of one document, on a bare WebSocket: it speaks the protocol, keeps no document and reads
 * only what it must, so that the load process can be a hundred of it.
 */
export class LiveClient {
  readonly wire: Wire
  /** When everything that the server had of the document was here, in `performance.now()`. */
  syncedAtMs = 0
  /** The size of that answer. */
  receivedBytes = 0
  readonly #socket: WebSocket
  readonly #options: LiveClientOptions
  readonly #ready = Promise.withResolvers<void>()
  readonly #timer: NodeJS.Timeout
  #keepAlive: NodeJS.Timeout | undefined
  #isReady = false

  private constructor(options: LiveClientOptions) {
    const { target, document, clientIds } = options
    this.#options = options
    this.wire = new Wire(target.protocol, document)
    const url = target.protocol === 'hocuspocus' ? target.url : `${target.url}/${document}`
    this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 0 })
    this.#socket.on('open', () => {
      if (target.protocol === 'hocuspocus') this.send(this.wire.auth(target.token))
      else this.#begin(clientIds)
    })
    this.#socket.on('message', (data: Buffer) => this.#receive(data))
    this.#socket.on('error', (error) => this.#ready.reject(error))
    this.#socket.on('close', (code, reason) => {
      clearInterval(this.#keepAlive)
      this.#ready.reject(new Error(`Closed while opening: ${code} ${String(reason)}`))
      if (this.#isReady) options.onClose?.(code)
    })
    this.#timer = setTimeout(
      () => this.#ready.reject(new Error('Opening took too long')),
      OPEN_TIMEOUT_MS,
    )
    this.#timer.unref()
  }

  /** Resolves when both sides have what the other had, and the server has said so where it can. */
  static async open(options: LiveClientOptions): Promise<LiveClient> {
    const client = new LiveClient(options)
    try {
      await client.#ready.promise
    } finally {
      clearTimeout(client.#timer)
    }
    client.#isReady = true
    if (options.target.protocol === 'hocuspocus')
      client.#keepAlive = setInterval(() => client.send(client.wire.ping()), KEEP_ALIVE_MS).unref()
    return client
  }

  send(frame: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame)
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise((resolve) => this.#socket.once('close', resolve))
    this.#socket.close()
    await closed
  }

  /** Ends the connection without a word, whatever state the server is in. */
  terminate(): void {
    this.#isReady = false
    this.#socket.terminate()
  }

  #begin(clientIds: readonly number[]): void {
    this.send(this.wire.awareness(clientIds))
    this.send(this.wire.step1())
  }

  #receive(frame: Buffer): void {
    const incoming = this.wire.read(frame)
    switch (incoming.kind) {
      case 'authenticated':
        this.#begin(this.#options.clientIds)
        return
      case 'step1':
        this.send(this.wire.step2(this.#options.state ?? EMPTY_UPDATE))
        this.#readyIf(this.#options.target.protocol === 'y-websocket' && this.syncedAtMs > 0)
        return
      case 'step2':
        this.syncedAtMs = performance.now()
        this.receivedBytes = frame.length
        this.#readyIf(this.#options.target.protocol === 'y-websocket')
        return
      case 'status':
        if (this.#isReady) this.#options.onStatus?.(incoming.isTaken)
        else if (incoming.isTaken) this.#readyIf(this.syncedAtMs > 0)
        else this.#ready.reject(new Error('The first state was refused'))
        return
      case 'update':
        this.#options.onUpdate?.(frame)
        return
      case 'ping':
        this.send(this.wire.pong())
        return
      case 'pong':
        this.#options.onPong?.()
        return
      case 'denied':
        this.#ready.reject(new Error('The server refused the document'))
        return
      default:
    }
  }

  #readyIf(isReady: boolean): void {
    if (isReady) this.#ready.resolve()
  }
}
