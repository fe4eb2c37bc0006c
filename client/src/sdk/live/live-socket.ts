import { HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { SyncGate } from './sync-gate.ts'

/** `WebSocket.OPEN`, where there may be no global one. */
const openState = 1

export interface LiveSocketOptions {
  readonly WebSocket: typeof WebSocket
  readonly onOpen: () => void
  /** A SyncStep2 or Update is about to leave. */
  readonly onStateFrame: () => void
  readonly onClose: (code: number) => void
}

/**
 * The stock socket with two habits taken away: it queues nothing while there is no connection (the
 * handshake of the next one carries everything, and what it queued would overtake it), and it makes
 * one attempt per `connect()`; its owner decides when to try again. Its own loop multiplies when a
 * server accepts and closes at once.
 */
export class LiveSocket extends HocuspocusProviderWebsocket {
  #gate = new SyncGate()
  readonly #onStateFrame: () => void

  constructor(url: string, options: LiveSocketOptions) {
    super({
      url,
      autoConnect: false,
      maxAttempts: 1,
      WebSocketPolyfill: options.WebSocket,
      onOpen: () => {
        this.#gate = new SyncGate()
        options.onOpen()
      },
      onClose: ({ event }) => options.onClose(event.code),
    })
    this.#onStateFrame = options.onStateFrame
  }

  override send(frame: Uint8Array): void {
    if (this.webSocket?.readyState !== openState) return
    const outgoing = this.#gate.outgoing(frame)
    if (outgoing.kind === 'early') return
    if (outgoing.kind === 'state') this.#onStateFrame()
    super.send(frame)
  }

  /** Closes the socket under a connection that does not answer; `onClose` follows. */
  hangUp(): void {
    this.webSocket?.close()
  }
}
