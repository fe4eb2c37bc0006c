import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What went through since it was last asked. */
export interface Traffic {
  /** Both ways, with headers. */
  readonly wireBytes: number
  /** `GET /path`, of HTTP in the clear. */
  readonly requests: readonly string[]
}

/** Where a request begins in what a client sends. */
const requestLine = /(?:^|\r\n)((?:GET|HEAD|POST|PUT|PATCH|DELETE) \/\S*) HTTP\/1\.1\r\n/g

/** Passes connections on to a port of this machine, and counts what goes through them. */
export class CountingProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #wireBytes = 0
  #requests: string[] = []

  private constructor(server: Server, targetPort: number) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#pass(client, targetPort))
  }

  static async open(targetPort: number): Promise<CountingProxy> {
    const server = createServer({ noDelay: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new CountingProxy(server, targetPort)
  }

  take(): Traffic {
    const traffic = { wireBytes: this.#wireBytes, requests: this.#requests }
    this.#wireBytes = 0
    this.#requests = []
    return traffic
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(client: Socket, targetPort: number): void {
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', (chunk: Buffer) => {
        this.#wireBytes += chunk.length
        if (from === client) this.#readRequests(chunk)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  }

  #readRequests(chunk: Buffer): void {
    for (const [, line] of chunk.toString('latin1').matchAll(requestLine))
      if (line !== undefined) this.#requests.push(line)
  }
}
