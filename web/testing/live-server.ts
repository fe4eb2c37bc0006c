import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { LiveServerMessage } from '@cloudsync/protocol'
import * as Y from 'yjs'

/**
 * The server's side of one live document, at the other end of sockets without a network: nothing moves
 * but when the test says so. It has what is in memory and what is durable apart, as the real one does.
 */
export class LiveServer {
  /** What the server has applied, durable or not. */
  memory = new Y.Doc()
  /** What would be there after a crash. */
  durable = new Y.Doc()
  scope: 'read-write' | 'readonly' = 'read-write'
  readonly sockets: TestSocket[] = []
  #log: Uint8Array[] = []
  /** The frames of the newest socket as they came, for assertions on their order. */
  frames: string[] = []

  /** A `WebSocket` class whose sockets end here. */
  get WebSocket(): typeof WebSocket {
    const connect = () => {
      const socket = new TestSocket(this)
      this.sockets.push(socket)
      return socket
    }
    // A constructor that returns an object gives that object.
    const Socket = function () {
      return connect()
    }
    return Socket as unknown as typeof WebSocket
  }

  /** The socket that was opened last; throws when there is none. */
  get socket(): TestSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('Nobody has connected')
    return socket
  }

  /** Lets the newest socket open. */
  accept(): void {
    this.frames = []
    this.socket.open()
  }

  /** Makes durable all that was received, and says so to the newest socket. */
  commit(): void {
    for (const update of this.#log) Y.applyUpdate(this.durable, update)
    this.#log = []
    const { socket } = this
    if (socket.readyState === 1 && socket.isWatched && socket.received > 0) {
      this.say({ type: 'saved', epoch: 1, seq: 1, received: socket.received })
    }
  }

  say(message: LiveServerMessage): void {
    this.socket.receive(5, (encoder) => encoding.writeVarString(encoder, JSON.stringify(message)))
  }

  /** Loses what was not durable, and all sockets. */
  crash(): void {
    this.#log = []
    this.memory = new Y.Doc()
    Y.applyUpdate(this.memory, Y.encodeStateAsUpdate(this.durable))
    for (const socket of this.sockets) socket.drop(1006)
  }

  handle(socket: TestSocket, frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame)
    decoding.readVarString(decoder)
    const type = decoding.readVarUint(decoder)
    if (type === 2) {
      this.frames.push('auth')
      socket.receive(2, (encoder) => {
        encoding.writeVarUint(encoder, 2)
        encoding.writeVarString(encoder, this.scope)
      })
    } else if (type === 5) {
      socket.isWatched = true
    } else if (type === 0) {
      this.#handleSync(socket, decoding.readVarUint(decoder), decoding.readVarUint8Array(decoder))
    }
  }

  #handleSync(socket: TestSocket, step: number, payload: Uint8Array): void {
    this.frames.push(['step1', 'step2', 'update'][step] ?? 'unknown')
    if (step === 0) {
      this.#sendSync(socket, 1, Y.encodeStateAsUpdate(this.memory, payload))
      this.#sendSync(socket, 0, Y.encodeStateVector(this.memory))
      return
    }
    socket.received++
    Y.applyUpdate(this.memory, payload)
    this.#log.push(payload)
  }

  #sendSync(socket: TestSocket, step: number, payload: Uint8Array): void {
    socket.receive(0, (encoder) => {
      encoding.writeVarUint(encoder, step)
      encoding.writeVarUint8Array(encoder, payload)
    })
  }
}

type Listener = (event: unknown) => void

/** One end of a link. What is sent arrives when the test flushes it. */
export class TestSocket {
  readyState = 0
  binaryType = ''
  isWatched = false
  received = 0
  readonly #server: LiveServer
  readonly #listeners = new Map<string, Set<Listener>>()
  #toServer: Uint8Array[] = []
  #toClient: Uint8Array[] = []
  #name = 'text:node'

  constructor(server: LiveServer) {
    this.#server = server
  }

  addEventListener(type: string, listener: Listener): void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener)
  }

  send(frame: Uint8Array): void {
    this.#name = decoding.readVarString(decoding.createDecoder(frame))
    this.#toServer.push(frame)
  }

  /** The client hangs up. */
  close(): void {
    this.drop(1005)
  }

  open(): void {
    this.readyState = 1
    this.#emit('open', {})
  }

  /** The link ends; what was on its way is lost. */
  drop(code: number, reason = ''): void {
    if (this.readyState === 3) return
    this.readyState = 3
    this.#toServer = []
    this.#toClient = []
    this.#emit('close', { code, reason })
  }

  receive(type: number, write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder()
    encoding.writeVarString(encoder, this.#name)
    encoding.writeVarUint(encoder, type)
    write(encoder)
    this.#toClient.push(encoding.toUint8Array(encoder))
  }

  /** Carries frames until both directions are empty. */
  flush(): void {
    for (;;) {
      const up = this.#toServer.shift()
      if (up) this.#server.handle(this, up)
      const down = this.#toClient.shift()
      if (down) this.#emit('message', { data: down.slice().buffer })
      if (!up && !down) return
    }
  }

  #emit(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
  }
}
