import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findFreePort } from './free-port.ts'

/**
 * The network between a server and a service: a TCP port that leads there, and can be spoilt.
 *
 * - cut: connections break, and new ones are refused;
 * - silent: connections stay open and are taken, and nothing goes through until it is mended, as on a line
 *   that swallows packets, which are sent again later;
 * - slow: every piece takes its time.
 */
export class TestLink implements AsyncDisposable {
  /** The service, through the link. */
  readonly url: string
  readonly #port: number
  readonly #target: Target
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #connections = 0
  #silence: PromiseWithResolvers<void> | undefined
  #delayMs = 0

  private constructor(server: Server, serviceUrl: string, port: number) {
    const url = new URL(serviceUrl)
    this.#target = targetOf(url)
    url.searchParams.delete('host')
    url.host = `127.0.0.1:${port}`
    this.url = url.href
    this.#port = port
    this.#server = server
    server.on('connection', (socket) => this.#join(socket))
  }

  /** `serviceUrl` names host and port, or in its query the directory of PostgreSQL's Unix socket. */
  static async to(serviceUrl: string): Promise<TestLink> {
    const server = createServer({ allowHalfOpen: true })
    const link = new TestLink(server, serviceUrl, await findFreePort())
    await link.#listen()
    return link
  }

  /** How many connections it has taken. */
  get connections(): number {
    return this.#connections
  }

  async cut(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#destroySockets()
    await closed
  }

  silence(): void {
    this.#silence ??= Promise.withResolvers()
  }

  slow(delayMs: number): void {
    this.#delayMs = delayMs
  }

  /** Whatever was wrong with it. */
  async mend(): Promise<void> {
    this.#delayMs = 0
    this.#silence?.resolve()
    this.#silence = undefined
    if (!this.#server.listening) await this.#listen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.cut()
    this.#silence?.resolve()
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(near: Socket): void {
    this.#connections += 1
    const far = connect({ ...this.#target, allowHalfOpen: true })
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => this.#sockets.delete(socket))
    }
    void this.#carry(near, far)
    void this.#carry(far, near)
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from.iterator({ destroyOnReturn: false })) {
        await this.#passage()
        to.write(piece as Buffer)
      }
      await this.#passage()
      to.end()
    } catch {
      from.destroy()
      to.destroy()
    }
  }

  async #passage(): Promise<void> {
    if (this.#delayMs > 0) await pause(this.#delayMs)
    await this.#silence?.promise
  }
}

type Target = { readonly host: string; readonly port: number } | { readonly path: string }

function targetOf({ hostname, port, searchParams }: URL): Target {
  const directory = searchParams.get('host')
  return directory === null
    ? { host: hostname, port: Number(port || 5432) }
    : { path: join(directory, `.s.PGSQL.${port}`) }
}
