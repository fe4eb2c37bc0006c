import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTemporaryFolder } from './temporary-folder.ts'

const script = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** One machine with one linked folder: the real command, in real processes, with a home of its own. */
export class SyncClient implements AsyncDisposable {
  readonly folder: string
  readonly #home: string
  readonly #token: string
  readonly #stack: AsyncDisposableStack
  #daemon: ChildProcess | undefined
  log = ''

  private constructor(home: string, token: string, stack: AsyncDisposableStack) {
    this.#home = home
    this.#token = token
    this.#stack = stack
    this.folder = join(home, 'Linked')
  }

  /** Signed in by a personal access token, and linked; nothing runs yet. */
  static async open(url: string, token: string, remoteFolder: string): Promise<SyncClient> {
    await using stack = new AsyncDisposableStack()
    const home = stack.use(await openTemporaryFolder())
    const client = new SyncClient(home.path, token, stack.move())
    await client.mustCall('login', url, '--token')
    await client.mustCall('link', client.folder, remoteFolder)
    return client
  }

  async call(...args: string[]): Promise<CommandResult> {
    const child = this.#spawn(args)
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()))
    child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, stdout, stderr }
  }

  async mustCall(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.call(...args)
    if (code !== 0) throw new Error(`cloudsync ${args.join(' ')} ended with ${code}: ${stderr}`)
    return stdout
  }

  start(): void {
    const daemon = this.#spawn(['run', '--verbose'])
    for (const stream of [daemon.stdout, daemon.stderr])
      stream?.on('data', (data: Buffer) => (this.log += data.toString()))
    this.#daemon = daemon
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const daemon = this.#daemon
    this.#daemon = undefined
    if (!daemon || daemon.exitCode !== null) return daemon?.exitCode ?? null
    const ended = once(daemon, 'exit') as Promise<[number | null]>
    daemon.kill(signal)
    const [code] = await ended
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
    await this.#stack.disposeAsync()
  }

  #spawn(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [script, ...args], {
      cwd: this.#home,
      env: {
        PATH: process.env['PATH'],
        HOME: this.#home,
        XDG_CONFIG_HOME: join(this.#home, 'config'),
        XDG_STATE_HOME: join(this.#home, 'state'),
        CLOUDSYNC_TOKEN: this.#token,
        CLOUDSYNC_DEBUG: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}
