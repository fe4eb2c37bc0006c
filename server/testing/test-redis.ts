import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from './free-port.ts'
import { waitUntil } from './stock-clients.ts'

/** Where Redis can be found, or `undefined`: then what needs it is skipped. */
export const redisProgram = process.env['REDIS_BIN'] || undefined

/** A real Redis of one's own, which keeps nothing, and which can be stopped and started again. */
export class TestRedis implements AsyncDisposable {
  readonly url: string
  readonly #port: number
  readonly #directory: string
  #process: ChildProcess | undefined

  private constructor(port: number, directory: string) {
    this.url = `redis://127.0.0.1:${port}`
    this.#port = port
    this.#directory = directory
  }

  static async open(): Promise<TestRedis> {
    const redis = new TestRedis(await findFreePort(), await mkdtemp(join(tmpdir(), 'redis-')))
    await redis.start()
    return redis
  }

  /** Starts it where it was. */
  async start(): Promise<void> {
    if (redisProgram === undefined) throw new Error('REDIS_BIN is not set')
    const settings = { bind: '127.0.0.1', port: this.#port, save: '', appendonly: 'no' }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    this.#process = spawn(redisProgram, args, { cwd: this.#directory, stdio: 'ignore' })
    await waitUntil('Redis listens', () => this.#isListening())
  }

  /** As a crash does it. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Lets it hang, with its connections open. */
  hang(): Disposable {
    this.#process?.kill('SIGSTOP')
    return { [Symbol.dispose]: () => this.#process?.kill('SIGCONT') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#directory, { recursive: true, force: true })
  }

  #isListening(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
  }
}
