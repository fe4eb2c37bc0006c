import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

export interface ProcessOptions {
  /** As people are told of it. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Takes what it prints. */
  readonly logFile: string
  readonly isReady: () => Promise<boolean>
  /** Told when it has ended unasked. */
  readonly report: (line: string) => void
}

const readyTimeoutMs = 120_000
const readyPollMs = 50
const firstRestartDelayMs = 250
const longestRestartDelayMs = 5_000
/** What runs so long did not end because it was started. */
const stableAfterMs = 10_000

/**
 * A process that is started again when it ends unasked. It has a session of its own, so that Ctrl+C reaches
 * it only through us, in our order.
 */
export class SupervisedProcess implements AsyncDisposable {
  readonly #options: ProcessOptions
  #child: ChildProcess | undefined
  #startedAtMs = 0
  #failures = 0
  #restart: NodeJS.Timeout | undefined

  constructor(options: ProcessOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /**
   * Resolves when it is ready; at once, when it runs. Throws when it ends instead, and then does not start
   * it again.
   */
  async start(): Promise<void> {
    if (this.#child) return
    const child = this.#spawn()
    const deadline = performance.now() + readyTimeoutMs
    while (!(await this.#options.isReady())) {
      if (hasEnded(child)) throw await this.#failure('ended at once')
      if (performance.now() > deadline) throw await this.#failure('did not become ready')
      await pause(readyPollMs)
    }
    if (!hasEnded(child)) child.once('exit', () => this.#endedUnasked(child))
  }

  /** `kill -9`. It stays dead until it is started. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #spawn(): ChildProcess {
    const { command, args, env, logFile } = this.#options
    const log = openSync(logFile, 'a', 0o600)
    try {
      const child = spawn(command, args, {
        env: { ...process.env, ...env },
        stdio: ['ignore', log, log],
        detached: true,
      })
      // A program that cannot be started has an exit code too, by this event alone.
      child.once('error', () => child.emit('exit', 127, null))
      this.#child = child
      this.#startedAtMs = performance.now()
      return child
    } finally {
      closeSync(log)
    }
  }

  #endedUnasked(child: ChildProcess): void {
    if (this.#child !== child) return
    const { name, report } = this.#options
    endGroup(child)
    if (performance.now() - this.#startedAtMs > stableAfterMs) this.#failures = 0
    const delayMs = Math.min(firstRestartDelayMs * 2 ** this.#failures, longestRestartDelayMs)
    this.#failures += 1
    report(`${name} has ended (${child.signalCode ?? child.exitCode}); it is started again`)
    this.#restart = setTimeout(() => {
      const again = this.#spawn()
      again.once('exit', () => this.#endedUnasked(again))
    }, delayMs)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    clearTimeout(this.#restart)
    const child = this.#child
    this.#child = undefined
    if (!child || hasEnded(child)) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    endGroup(child)
  }

  async #failure(what: string): Promise<Error> {
    const { name, logFile } = this.#options
    await this.#end('SIGTERM')
    const log = await readFile(logFile, 'utf8').catch(() => '')
    return new Error(`${name} ${what}. The end of ${logFile}:\n${log.slice(-2_000)}`)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** What a killed process leaves, such as nginx' workers, would hold its port. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody was left.
  }
}
