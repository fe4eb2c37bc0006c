import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection over which a test sends what no client would send, as it is. */
export class RawConnection implements Disposable {
  /** All that came, when the connection has ended, however it did. */
  readonly ended: Promise<string>
  readonly #socket: Socket
  #text = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
    })
    this.ended = new Promise((resolve) => socket.on('close', () => resolve(this.#text)))
  }

  /** With `keepsOpen` its own side stays open, whatever the server does with the other. */
  static async open(url: string, options: { keepsOpen?: boolean } = {}): Promise<RawConnection> {
    const socket = connect({
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      allowHalfOpen: options.keepsOpen ?? false,
    })
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  /** What came so far, a character for each byte. */
  get text(): string {
    return this.#text
  }

  send(text: string | Uint8Array): void {
    this.#socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Takes nothing more from the network. */
  stopReading(): void {
    this.#socket.pause()
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

/** Sends a request as it is, and gives the answers to it; the server has to end the connection. */
export async function exchange(url: string, request: string): Promise<string> {
  using connection = await RawConnection.open(url)
  connection.send(request)
  return await connection.ended
}

/** The status of the first answer; 0 when there is none. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)
}

/** A request of this line and these headers, after which the connection ends. */
export function rawRequest(line: string, headers: readonly string[] = [], body = ''): string {
  return [`${line} HTTP/1.1`, 'host: 127.0.0.1', 'connection: close', ...headers, '', body].join(
    '\r\n',
  )
}
