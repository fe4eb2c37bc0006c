import { closeCodes, type CloseCode } from '@cloudsync/protocol'
import type { WebSocket } from 'ws'
import {
  documentNameOf,
  encodeAuthFrame,
  frameTypes,
  readFrameHead,
  authSubtypes,
  syncSteps,
} from './frames.ts'

/**
 * How frames of the Hocuspocus protocol reach a client, whatever it speaks itself. A transport turns
 * what comes in into such frames, and what goes out into the client's own protocol.
 */
export interface Transport {
  /** The credentials that its clients bring. */
  readonly credentials: 'access-token' | 'ticket'
  /** Bytes that wait for a slow reader. */
  readonly bufferedBytes: number
  send(frame: Uint8Array): void
  /** Turns a message of the client into a frame. */
  receive(message: Uint8Array): Uint8Array
  /** What keeps the link open when nothing happens, beside a ping; `undefined`: nothing. */
  readonly keepAlive: Uint8Array | undefined
  close(code: CloseCode): void
}

/** The Hocuspocus protocol as it is. */
export class HocuspocusTransport implements Transport {
  readonly credentials = 'access-token'
  readonly keepAlive = undefined
  readonly #ws: WebSocket

  constructor(ws: WebSocket) {
    this.#ws = ws
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  send(frame: Uint8Array): void {
    this.#ws.send(frame)
  }

  receive(message: Uint8Array): Uint8Array {
    return message
  }

  close({ code, reason }: CloseCode): void {
    this.#ws.close(code, reason)
  }
}

/**
 * The plain Yjs protocol of `y-websocket` for one document: the same frames without their address. The
 * token comes in the URL instead of an Auth frame. Acknowledgements, messages beside the protocol and
 * `Authenticated` have no place in it and are dropped; a denial becomes y-protocols' auth message.
 *
 *     in:   message                  ─▶ address message
 *     out:  address type body        ─▶ type body     (SyncReply as Sync)
 */
export class YWebsocketTransport implements Transport {
  readonly credentials = 'ticket'
  /** An awareness update of no clients: y-websocket gives a link up that is silent for 30 s. */
  readonly keepAlive = Uint8Array.of(frameTypes.awareness, 1, 0)
  readonly #ws: WebSocket
  readonly #prefix: Uint8Array
  readonly #documentName: string

  constructor(ws: WebSocket, documentName: string) {
    this.#ws = ws
    this.#documentName = documentName
    const name = new TextEncoder().encode(documentName)
    this.#prefix = Uint8Array.of(name.length, ...name)
  }

  /** The frame that a Hocuspocus client would begin with. */
  authFrame(token: string): Uint8Array {
    return encodeAuthFrame(this.#documentName, token)
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  receive(message: Uint8Array): Uint8Array {
    const frame = new Uint8Array(this.#prefix.length + message.length)
    frame.set(this.#prefix)
    frame.set(message, this.#prefix.length)
    return frame
  }

  send(frame: Uint8Array): void {
    const head = readFrameHead(frame)
    if (!head || documentNameOf(head.address) !== this.#documentName) return
    const body = frame.subarray(head.offset)
    switch (head.type) {
      case frameTypes.sync:
      case frameTypes.syncReply:
        this.#ws.send(concat(frameTypes.sync, body))
        return
      case frameTypes.awareness:
        this.#ws.send(concat(frameTypes.awareness, body))
        return
      case frameTypes.auth:
        // y-protocols' auth message: 2, then 0 for "permission denied", then the reason.
        if (body[0] !== authSubtypes.denied) return
        this.#ws.send(Uint8Array.of(frameTypes.auth, syncSteps.step1, ...body.subarray(1)))
        this.close(closeCodes.forbidden)
        return
      case frameTypes.close:
        this.close(closeCodes.evicted)
        return
      default:
    }
  }

  close({ code, reason }: CloseCode): void {
    this.#ws.close(code, reason)
  }
}

function concat(type: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(body.length + 1)
  message[0] = type
  message.set(body, 1)
  return message
}
