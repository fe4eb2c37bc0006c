import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createClient, type RedisClientType } from '@redis/client'
import { findFreePort } from './free-port.ts'

/** What Redis has received and sent since it started. */
export interface RedisTraffic {
  readonly inBytes: number
  readonly outBytes: number
}

const READY_RETRIES = 200
const READY_POLL_MS = 25

/** A Redis of one's own on loopback, which keeps nothing: `REDIS_BIN`, or `redis-server` on the path. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess
  readonly #client: RedisClientType

  private constructor(port: number, child: ChildProcess, client: RedisClientType) {
    this.port = port
    this.#child = child
    this.#client = client
  }

  static async open(): Promise<RedisServer> {
    const port = await findFreePort()
    const child = spawn(
      process.env['REDIS_BIN'] || 'redis-server',
      ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
      { stdio: 'ignore' },
    )
    // Without the program there is an error and no process; connecting then tells that it is not there.
    child.once('error', () => undefined)
    // However the run ends, it does not stay behind.
    process.once('exit', () => child.kill())
    const client: RedisClientType = createClient({
      url: `redis://127.0.0.1:${port}`,
      socket: {
        reconnectStrategy: (retries) =>
          retries < READY_RETRIES ? READY_POLL_MS : new Error('Redis did not start'),
      },
    })
    client.on('error', () => undefined)
    await client.connect()
    return new RedisServer(port, child, client)
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** The answer itself is counted as sent in the next. */
  async readTraffic(): Promise<RedisTraffic> {
    const text = await this.#client.info('stats')
    return {
      inBytes: readField(text, 'total_net_input_bytes'),
      outBytes: readField(text, 'total_net_output_bytes'),
    }
  }

  async readVersion(): Promise<string> {
    return /^redis_version:(\S+)/m.exec(await this.#client.info('server'))?.[1] ?? 'unknown'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill()
    await exited
  }
}

function readField(text: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN)
}
