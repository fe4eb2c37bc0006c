import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { testMasterKeyFile, TestPostgres } from '@cloudsync/server/testing'
import { findFreePort as findPort } from '../../scripts/cluster/free-port.ts'

const mainFile = fileURLToPath(new URL('../../server/src/main.js', import.meta.url))

/** How long a start may take. */
const startMs = 60_000

export interface ServerProcessOptions {
  readonly dataDir: string
  readonly port: number
  /** Another entry than the product's own, for control runs. */
  readonly entry?: string
  readonly env?: Readonly<Record<string, string>>
}

export const adminAccount = { email: 'ada@example.com', password: 'correct horse battery' }

export interface DatabaseStall extends AsyncDisposable {
  /** Lets it go on. */
  end(): void
}

/** A real server in a process of its own, that can be killed and started again. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string
  readonly #options: ServerProcessOptions
  #child: ChildProcess | undefined
  /** Resolves when the process is gone and all that it printed was read. */
  #ended = Promise.resolve()
  #output = ''

  constructor(options: ServerProcessOptions) {
    this.#options = options
    this.url = `http://127.0.0.1:${options.port}`
  }

  /**
   * Starts the server and resolves when it is ready; gives the time that it took, in milliseconds.
   * One that does not become ready is not left running.
   */
  async start(): Promise<number> {
    const started = performance.now()
    const child = spawn(process.execPath, [this.#options.entry ?? mainFile], {
      env: {
        ...process.env,
        PORT: String(this.#options.port),
        HOST: '127.0.0.1',
        DATA_DIR: this.#options.dataDir,
        // So that several of them share a database, and what is stored in it can be checked.
        MASTER_KEY_FILE: testMasterKeyFile,
        ADMIN_EMAIL: adminAccount.email,
        ADMIN_PASSWORD: adminAccount.password,
        LOG_LEVEL: 'warn',
        ...this.#options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#ended = once(child, 'close').then(() => undefined)
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + String(chunk)).slice(-20_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    try {
      await this.ready()
    } catch (error) {
      await this.kill()
      throw error
    }
    return performance.now() - started
  }

  /** Resolves when it serves requests. */
  async ready(): Promise<void> {
    const child = this.#child
    const timeUp = AbortSignal.timeout(startMs)
    while (!timeUp.aborted) {
      if (!child || hasEnded(child)) {
        await this.#ended
        throw new Error(`The server ended:\n${this.#output}`)
      }
      if (await isReady(this.url, timeUp)) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`The server did not become ready in ${startMs} ms:\n${this.#output}`)
  }

  /** What the server has printed lately. */
  get output(): string {
    return this.#output
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** `kill -9`. Resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Stops the process where it is, with its connections open. */
  hang(): Disposable {
    const child = this.#child
    child?.kill('SIGSTOP')
    return { [Symbol.dispose]: () => child?.kill('SIGCONT') }
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** `kill -9` of the embedded PostgreSQL. */
  async killDatabase(): Promise<void> {
    const file = await readFile(join(this.#options.dataDir, 'postgres', 'postmaster.pid'), 'utf8')
    process.kill(Number(file.split('\n')[0]), 'SIGKILL')
  }

  /** Stops all processes of the embedded PostgreSQL where they are, until the end; it stays there until it is disposed of. */
  async stallDatabase(): Promise<DatabaseStall> {
    await using stack = new AsyncDisposableStack()
    const postgres = stack.use(await TestPostgres.open(this.#options.dataDir))
    const hanging = stack.use(await postgres.hang())
    const held = stack.move()
    return {
      end: () => hanging[Symbol.dispose](),
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || hasEnded(child)) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal })).ok
  } catch {
    return false
  }
}

/**
 * A port that nobody listens on just now, at random. As long as this process lives nobody else is given it by this, since
 * whoever got it need not listen yet: a UDP socket of the same number says that it is taken.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = await findPort(21_000 + Math.floor(Math.random() * 5_000))
    if (await takes(port)) return port
  }
}

function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref()
    socket.once('error', () => resolve(false))
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true))
  })
}
