import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'

/**
 * What goes wrong with one request:
 *
 * - `refuse`: the connection ends before anything is done, as when the service is gone.
 * - `error`: the answer is 500, and nothing is done.
 * - `lose`: it is done, and the answer lost.
 * - `cut`: the answer breaks off in its middle.
 * - `shorten`: the answer ends well, and lacks its second half.
 * - `silence`: no answer ever comes.
 * - `stall`: the answer stands still in its middle.
 * - `slow`: the answer comes in drops.
 */
export type Fault = 'refuse' | 'error' | 'lose' | 'cut' | 'shorten' | 'silence' | 'stall' | 'slow'

const drops = 8
const dropMs = 40

/** Stands between a store and its service, and spoils what `fault` says. */
export class FaultyProxy implements AsyncDisposable {
  readonly url: URL
  /** Asked for every request, with its number. */
  fault: (requestNumber: number) => Fault | undefined = () => undefined
  readonly #server: Server
  readonly #target: URL
  #requests = 0

  private constructor(server: Server, target: URL) {
    this.#server = server
    this.#target = target
    this.url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.on('request', (request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy())
    })
  }

  static async open(target: URL): Promise<FaultyProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FaultyProxy(server, target)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.fault(++this.#requests)
    if (fault === 'refuse') return void request.socket.destroy()
    const body = await buffer(request)
    if (fault === 'silence') return
    if (fault === 'error') return void response.writeHead(500).end('out of order')
    const answer = await this.#forward(request, body)
    const bytes = await buffer(answer)
    if (fault === 'lose') return void request.socket.destroy()
    await send(response, answer, bytes, fault)
  }

  async #forward(request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const forwarded = httpRequest({
      host: this.#target.hostname,
      port: this.#target.port,
      method: request.method,
      path: request.url,
      headers: request.headers,
    })
    forwarded.end(body)
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
    return answer
  }
}

async function send(
  response: ServerResponse,
  { statusCode = 500, headers }: IncomingMessage,
  bytes: Buffer,
  fault: Exclude<Fault, 'refuse' | 'error' | 'lose' | 'silence'> | undefined,
): Promise<void> {
  const half = bytes.subarray(0, bytes.byteLength >> 1)
  switch (fault) {
    case undefined:
      response.writeHead(statusCode, headers).end(bytes)
      return
    case 'cut':
      response.writeHead(statusCode, headers).write(half, () => response.socket?.destroy())
      return
    case 'shorten': {
      const { 'content-length': _length, ...rest } = headers
      response.writeHead(statusCode, rest).end(half)
      return
    }
    case 'stall':
      response.writeHead(statusCode, headers).write(half)
      return
    case 'slow': {
      response.writeHead(statusCode, headers).flushHeaders()
      const size = Math.ceil(bytes.byteLength / drops)
      for (let start = 0; start < bytes.byteLength; start += size) {
        await setTimeout(dropMs)
        response.write(bytes.subarray(start, start + size))
      }
      response.end()
    }
  }
}
