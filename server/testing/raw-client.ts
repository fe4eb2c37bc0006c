import { once } from 'node:events'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import type * as Y from 'yjs'
import { waitUntil } from './stock-clients.ts'
import type { TestCaller } from './test-caller.ts'

/** A frame as it came from the server. */
export interface RawFrame {
  readonly type: number
  readonly step: number | undefined
  readonly body: Uint8Array
}

/** Speaks the Hocuspocus protocol frame by frame, so that a test may send what no honest client sends. */
export class RawClient implements Disposable {
  readonly frames: RawFrame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #ws: WebSocket
  readonly #address: string
  #clock = 1
  #pings = 0

  private constructor(ws: WebSocket, address: string) {
    this.#ws = ws
    this.#address = address
    ws.on('error', () => undefined)
    ws.on('ping', () => (this.#pings += 1))
    ws.on('message', (data: Buffer) => this.frames.push(readFrame(data)))
    this.closed = once(ws, 'close').then(([code, reason]) => ({
      code: code as number,
      reason: String(reason),
    }))
  }

  /** Connects, authenticates and waits for the answer to that. */
  static async open(
    caller: TestCaller,
    nodeId: string,
    options: { clientId?: number; kind?: 'text' | 'folder' } = {},
  ): Promise<RawClient> {
    const client = await RawClient.connect(caller, `${options.kind ?? 'text'}:${nodeId}`)
    client.authenticate(caller.accessToken)
    await waitUntil(
      'the server answers the authentication',
      () =>
        client.#ws.readyState !== WebSocket.OPEN || client.frames.some((frame) => frame.type === 2),
    )
    if (options.clientId !== undefined) client.declare(options.clientId)
    return client
  }

  /** Connects and sends nothing. */
  static async connect(caller: TestCaller, address: string): Promise<RawClient> {
    const ws = new WebSocket(`${caller.url.replace('http', 'ws')}/live`)
    const client = new RawClient(ws, address)
    await once(ws, 'open')
    return client
  }

  /** On a socket that is open already. */
  static over(ws: WebSocket, address: string): RawClient {
    return new RawClient(ws, address)
  }

  /** Opens a document, that of this client or another one on the same socket. */
  authenticate(accessToken: string, address = this.#address): void {
    const write = (encoder: encoding.Encoder) => {
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarString(encoder, accessToken)
    }
    this.send(2, write, address)
  }

  send(
    type: number,
    write: (encoder: encoding.Encoder) => void,
    address: string = this.#address,
  ): void {
    const encoder = encoding.createEncoder()
    encoding.writeVarString(encoder, address)
    encoding.writeVarUint(encoder, type)
    write(encoder)
    this.#ws.send(encoding.toUint8Array(encoder))
  }

  sendBytes(bytes: Uint8Array): void {
    this.#ws.send(bytes)
  }

  sendText(text: string): void {
    this.#ws.send(text)
  }

  sendSync(step: 0 | 1 | 2, payload: Uint8Array): void {
    this.send(0, (encoder) => {
      encoding.writeVarUint(encoder, step)
      encoding.writeVarUint8Array(encoder, payload)
    })
  }

  sendStateless(message: unknown): void {
    this.send(5, (encoder) => encoding.writeVarString(encoder, JSON.stringify(message)))
  }

  /** Declares a client id as one's own, by an awareness frame. */
  declare(clientId: number, state: Record<string, unknown> | null = {}): void {
    const update = encoding.createEncoder()
    encoding.writeVarUint(update, 1)
    encoding.writeVarUint(update, clientId)
    encoding.writeVarUint(update, this.#clock++)
    encoding.writeVarString(update, JSON.stringify(state))
    this.send(1, (encoder) => encoding.writeVarUint8Array(encoder, encoding.toUint8Array(update)))
  }

  /** The pings that came so far; each is answered. */
  get pings(): number {
    return this.#pings
  }

  /** What the server said of each sync frame so far: taken or refused. */
  get statuses(): boolean[] {
    return this.frames.filter((frame) => frame.type === 8).map((frame) => frame.body[0] === 1)
  }

  get messages(): Record<string, unknown>[] {
    return this.frames
      .filter((frame) => frame.type === 5)
      .map(
        (frame) =>
          JSON.parse(decoding.readVarString(decoding.createDecoder(frame.body))) as Record<
            string,
            unknown
          >,
      )
  }

  /** The updates that came so far, beside the state at the start. */
  get updates(): Uint8Array[] {
    return this.#payloads((step) => step === 2)
  }

  /** All that came so far of the document. */
  get states(): Uint8Array[] {
    return this.#payloads((step) => step !== 0)
  }

  #payloads(isWanted: (step: number | undefined) => boolean): Uint8Array[] {
    return this.frames
      .filter((frame) => frame.type === 0 && isWanted(frame.step))
      .map((frame) => decoding.readVarUint8Array(decoding.createDecoder(frame.body.subarray(1))))
  }

  /** Resolves when the server has said of `count` sync frames whether it took them. */
  async answered(count: number): Promise<boolean[]> {
    await waitUntil(`${count} sync frames are answered`, () => this.statuses.length >= count)
    return this.statuses
  }

  /** Resolves when the server has read everything sent by now, pongs among it. */
  async roundTrip(): Promise<void> {
    this.#ws.ping()
    await once(this.#ws, 'pong')
  }

  stopReading(): void {
    this.#ws.pause()
  }

  [Symbol.dispose](): void {
    this.#ws.terminate()
  }
}

function readFrame(data: Buffer): RawFrame {
  const decoder = decoding.createDecoder(new Uint8Array(data))
  decoding.readVarString(decoder)
  const type = decoding.readVarUint(decoder)
  const body = data.subarray(decoder.pos)
  return { type, step: type === 0 ? body[0] : undefined, body: new Uint8Array(body) }
}

/** The update that inserting `text` at the front of `doc` makes. */
export function typed(doc: Y.Doc, text: string, index = 0): Uint8Array {
  let update = new Uint8Array()
  const keep = (bytes: Uint8Array) => {
    update = new Uint8Array(bytes)
  }
  doc.once('update', keep)
  doc.getText('content').insert(index, text)
  return update
}
