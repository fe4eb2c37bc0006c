import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { findValueEnd, isPublished } from './resp.ts'
import { findFreePort } from './server-process.ts'

/** How often the messages of channels are lost or late, from 0 to 1. */
export interface Unruliness {
  readonly dropped: number
  readonly delayed: number
  readonly maxDelayMs: number
}

/** The network between one server and Redis: messages get lost in it, overtake each other, or it breaks. */
export class RedisLink implements AsyncDisposable {
  readonly url: string
  unruliness: Unruliness | undefined
  dropped = 0
  delayed = 0
  readonly #server: Server
  readonly #redisPort: number
  readonly #random: () => number
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, port: number, redisPort: number, random: () => number) {
    this.url = `redis://127.0.0.1:${port}`
    this.#server = server
    this.#redisPort = redisPort
    this.#random = random
    server.on('connection', (socket) => this.#join(socket))
  }

  static async open(redisUrl: string, random: () => number): Promise<RedisLink> {
    const server = createServer()
    const port = await findFreePort()
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new RedisLink(server, port, Number(new URL(redisUrl).port), random)
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #join(server: Socket): void {
    const redis = connect(this.#redisPort, '127.0.0.1')
    for (const socket of [server, redis]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        server.destroy()
        redis.destroy()
      })
    }
    server.pipe(redis)
    let rest = Buffer.alloc(0)
    redis.on('data', (chunk: Buffer) => {
      rest = this.#pass(server, Buffer.concat([rest, chunk]))
    })
  }

  /** Hands whole values on, and gives what is left. */
  #pass(server: Socket, bytes: Buffer): Buffer<ArrayBuffer> {
    let start = 0
    for (let end = findValueEnd(bytes, 0); end !== undefined; end = findValueEnd(bytes, start)) {
      this.#passValue(server, Buffer.from(bytes.subarray(start, end)))
      start = end
    }
    return Buffer.from(bytes.subarray(start))
  }

  #passValue(server: Socket, value: Buffer): void {
    const { unruliness } = this
    const chance = unruliness && isPublished(value) ? this.#random() : 1
    if (unruliness && chance < unruliness.dropped) {
      this.dropped += 1
    } else if (unruliness && chance < unruliness.dropped + unruliness.delayed) {
      this.delayed += 1
      setTimeout(() => server.write(value), this.#random() * unruliness.maxDelayMs)
    } else {
      server.write(value)
    }
  }
}
