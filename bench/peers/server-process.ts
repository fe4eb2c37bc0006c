import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

export interface ServerProcessOptions {
  /** Default: Node. */
  readonly command?: string
  /** For Node: the entry, and flags before it. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Answers 2xx when the server is ready. */
  readonly readyUrl: string
}

const READY_TIMEOUT_MS = 60_000
const READY_POLL_MS = 5
const STOP_TIMEOUT_MS = 20_000
const KEPT_OUTPUT_CHARS = 20_000

const running = new Set<ServerProcess>()

/** Ends all servers that are still up: for a run that is broken off. */
export async function stopServers(): Promise<void> {
  await Promise.all([...running].map((server) => server[Symbol.asyncDispose]()))
}

/** A server in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  /** From the spawn to the first answer that says "ready". */
  readonly startMs: number
  readonly #child: ChildProcess
  readonly #output: { text: string }

  private constructor(child: ChildProcess, output: { text: string }, startMs: number) {
    this.#child = child
    this.#output = output
    this.startMs = startMs
    running.add(this)
    child.once('exit', () => running.delete(this))
  }

  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const started = performance.now()
    const child = spawn(options.command ?? process.execPath, options.args, {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = { text: '' }
    const keep = (chunk: Buffer) => {
      output.text = (output.text + String(chunk)).slice(-KEPT_OUTPUT_CHARS)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    await untilReady(child, options.readyUrl, output)
    return new ServerProcess(child, output, performance.now() - started)
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** What it printed lately. */
  get output(): string {
    return this.#output.text
  }

  /** Asks it to stop, and ends it when it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasEnded) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await exited
    clearTimeout(timer)
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}

async function untilReady(
  child: ChildProcess,
  url: string,
  output: { text: string },
): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The server ended while it started:\n${output.text}`)
    if (await answers(url)) return
    await pause(READY_POLL_MS)
  }
  child.kill('SIGKILL')
  throw new Error(`The server did not become ready:\n${output.text}`)
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { connection: 'close' } })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
