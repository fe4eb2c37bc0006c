import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const execute = promisify(execFile)

const STOP_TIMEOUT_MS = 10_000
const COMMAND_TIMEOUT_MS = 100_000

/** The processes of a service, in the order of their start. Disposing of it ends them, the last first. */
export class ChildProcesses implements AsyncDisposable {
  readonly #children: ChildProcess[] = []

  constructor() {
    // However the run ends, they do not stay behind.
    process.once('exit', () => this.#children.forEach((child) => child.kill('SIGKILL')))
  }

  /** Starts a program that goes on. */
  start(program: string, args: readonly string[]): void {
    const child = spawn(program, args, { stdio: 'ignore' })
    child.once('error', () => undefined)
    this.#children.push(child)
  }

  /** Runs a program to its end, and gives its output. */
  async run(program: string, args: readonly string[]): Promise<string> {
    return (await execute(program, args, { timeout: COMMAND_TIMEOUT_MS })).stdout
  }

  /** Whether all that were started still run. */
  get alive(): boolean {
    return this.#children.every((child) => child.exitCode === null && child.signalCode === null)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      child.kill('SIGTERM')
      await ended
      clearTimeout(timer)
    }
  }
}
