import * as decoding from 'lib0/decoding'
import { WebSocket } from 'ws'

/** Closing while it connects emits an error that stock providers do not listen to. */
export class QuietSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    this.on('error', () => undefined)
  }
}

/**
 * What was sent and what was acknowledged on the wire, whatever the client's own counter says.
 *
 * The protocol acknowledges sync frames of one document connection in order, so the n-th SyncStatus
 * belongs to the n-th sync frame that was sent. A token in an acknowledged frame must never be lost again.
 */
export class WireLedger {
  readonly acknowledged = new Set<string>()
  readonly #tokens: RegExp
  readonly #isOwn: (token: string) => boolean

  /** Tokens count that are one's own: what is relayed for others is theirs to ask for. */
  constructor(options: { tokens: RegExp; isOwn: (token: string) => boolean }) {
    this.#tokens = options.tokens
    this.#isOwn = options.isOwn
  }

  acknowledgedFrames = 0
  refusedFrames = 0
  readonly #sockets = new Set<WebSocket>()

  /** Ends all sockets without a closing handshake. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate()
  }

  /** A WebSocket class for stock providers that keeps this ledger. */
  get socketClass(): new (url: string | URL, protocols?: string | string[]) => WebSocket {
    return countingSocketClass({
      opened: (socket) => {
        this.#sockets.add(socket)
        socket.on('close', () => this.#sockets.delete(socket))
      },
      tokensIn: (payload) => this.#tokensIn(payload),
      answered: (tokens, taken) => this.#answered(tokens, taken),
    })
  }

  #answered(tokens: ReadonlySet<string>, taken: boolean): void {
    if (!taken) {
      this.refusedFrames += 1
      return
    }
    this.acknowledgedFrames += 1
    for (const token of tokens) if (this.#isOwn(token)) this.acknowledged.add(token)
  }

  /** The tokens in an update: its strings are plain UTF-8, and nobody ever splits a token. */
  #tokensIn(payload: Uint8Array): Set<string> {
    return new Set(Buffer.from(payload).toString('latin1').match(this.#tokens) ?? [])
  }
}

interface WireListener {
  opened(socket: WebSocket): void
  tokensIn(payload: Uint8Array): Set<string>
  /** A sync frame with these tokens was taken or refused. */
  answered(tokens: ReadonlySet<string>, taken: boolean): void
}

function countingSocketClass(listener: WireListener) {
  return class CountingSocket extends QuietSocket {
    readonly #waiting = new Map<string, Set<string>[]>()

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      listener.opened(this)
      this.on('message', (data: Buffer) => this.#received(data))
    }

    override send(data: Uint8Array, ...rest: unknown[]): void {
      const frame = readSyncFrame(data)
      if (frame && this.readyState === WebSocket.OPEN) {
        const waiting = this.#waiting.get(frame.address) ?? []
        waiting.push(listener.tokensIn(frame.payload))
        this.#waiting.set(frame.address, waiting)
      }
      super.send(data, ...(rest as []))
    }

    #received(data: Buffer): void {
      const status = readSyncStatus(data)
      if (!status) return
      listener.answered(this.#waiting.get(status.address)?.shift() ?? new Set(), status.taken)
    }
  }
}

const syncFrame = 0
const syncStatusFrame = 8

function readSyncFrame(data: Uint8Array): { address: string; payload: Uint8Array } | undefined {
  const decoder = decoding.createDecoder(new Uint8Array(data))
  const address = decoding.readVarString(decoder)
  if (decoding.readVarUint(decoder) !== syncFrame) return undefined
  const step = decoding.readVarUint(decoder)
  return step === 0 ? undefined : { address, payload: decoding.readVarUint8Array(decoder) }
}

function readSyncStatus(data: Uint8Array): { address: string; taken: boolean } | undefined {
  const decoder = decoding.createDecoder(new Uint8Array(data))
  const address = decoding.readVarString(decoder)
  if (decoding.readVarUint(decoder) !== syncStatusFrame) return undefined
  return { address, taken: decoding.readVarUint(decoder) === 1 }
}
