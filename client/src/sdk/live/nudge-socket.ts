import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { readClose, readDenial, type CloseMeaning } from './close-reason.ts'
import type { FatalCloseCodeName } from './link-state.ts'
import type { LiveSign } from './live-connection.ts'
import type { LiveTimers } from './live-timers.ts'
import { reconnectDelayMs } from './reconnect-delay.ts'

export interface NudgeSocketOptions {
  readonly url: string
  /** `space:<id>`: no document, but what is told of a space. */
  readonly documentName: string
  readonly sign: LiveSign
  readonly timers: LiveTimers
  /** In [0, 1). */
  readonly random: () => number
  readonly WebSocket: typeof WebSocket
  /** It is listened to from now on: what happened before must be asked for. */
  readonly onReady: () => void
  /** The space stands at `seq`. */
  readonly onNudge: (seq: number) => void
  /** Nothing more comes: a final close code. */
  readonly onEnded?: (code: FatalCloseCodeName) => void
}

/** Message types of the Hocuspocus protocol, and those within an authentication. */
const messageTypes = { auth: 2, stateless: 5, ping: 9, pong: 10 } as const
const authTypes = { token: 0, denied: 1, authenticated: 2 } as const
const clientVersion = '4.0.0'

/**
 * Listens for changes of a space on the live socket. By hand and without Yjs, which a page that shows
 * a list does not need: a frame is the document's name, a type, and a body.
 */
export class NudgeSocket {
  readonly #options: NudgeSocketOptions
  #socket: WebSocket | undefined
  #timer: unknown
  #failedAttempts = 0
  #isOver = false

  constructor(options: NudgeSocketOptions) {
    this.#options = options
  }

  open(): void {
    this.#connect()
  }

  close(): void {
    this.#isOver = true
    this.#options.timers.clear(this.#timer)
    this.#socket?.close()
  }

  #connect(): void {
    this.#connectBy().catch(() => this.#retry(0))
  }

  async #connectBy(): Promise<void> {
    const token = await this.#options.sign.token()
    if (this.#isOver) return
    const socket = new this.#options.WebSocket(this.#options.url)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.addEventListener('open', () => this.#authenticate(socket, token))
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) this.#read(socket, new Uint8Array(data))
    })
    socket.addEventListener('close', ({ code }) => {
      if (socket !== this.#socket) return
      this.#onClose(readClose(code))
    })
  }

  #authenticate(socket: WebSocket, token: string): void {
    const encoder = encoding.createEncoder()
    encoding.writeVarString(encoder, this.#options.documentName)
    encoding.writeVarUint(encoder, messageTypes.auth)
    encoding.writeVarUint(encoder, authTypes.token)
    encoding.writeVarString(encoder, token)
    encoding.writeVarString(encoder, clientVersion)
    socket.send(encoding.toUint8Array(encoder))
  }

  #read(socket: WebSocket, frame: Uint8Array): void {
    if (frame.length === 1 && frame[0] === messageTypes.ping) {
      socket.send(Uint8Array.of(messageTypes.pong))
      return
    }
    const decoder = decoding.createDecoder(frame)
    if (decoding.readVarString(decoder) !== this.#options.documentName) return
    const type = decoding.readVarUint(decoder)
    if (type === messageTypes.auth) this.#readAuth(socket, decoder)
    else if (type === messageTypes.stateless) {
      const seq = readNudge(decoding.readVarString(decoder))
      if (seq !== undefined) this.#options.onNudge(seq)
    }
  }

  #readAuth(socket: WebSocket, decoder: decoding.Decoder): void {
    const type = decoding.readVarUint(decoder)
    if (type === authTypes.authenticated) {
      this.#failedAttempts = 0
      this.#options.onReady()
    } else if (type === authTypes.denied) {
      const meaning = readDenial(decoding.readVarString(decoder))
      this.#socket = undefined
      socket.close()
      this.#onClose(meaning)
    }
  }

  /** A final code ends it: whoever asks now and then all the same gets the reason as an answer. */
  #onClose(meaning: CloseMeaning): void {
    if (this.#isOver) return
    if (meaning.kind === 'retry') {
      this.#retry(meaning.minimumDelayMs)
      return
    }
    this.#isOver = true
    this.#options.onEnded?.(meaning.code)
  }

  #retry(minimumDelayMs: number): void {
    if (this.#isOver) return
    const { timers, random } = this.#options
    const delayMs = reconnectDelayMs(this.#failedAttempts++, random(), minimumDelayMs)
    this.#timer = timers.set(() => this.#connect(), delayMs)
  }
}

function readNudge(payload: string): number | undefined {
  try {
    const message = JSON.parse(payload) as { type?: unknown; seq?: unknown } | null
    return message?.type === 'changed' && typeof message.seq === 'number' ? message.seq : undefined
  } catch {
    return undefined
  }
}
