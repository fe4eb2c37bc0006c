import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTemporaryFolder } from './temporary-folder.ts'
import { TestTerminal } from './test-terminal.ts'

const script = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Of `cloudsync status --json`, what tests ask for. */
export interface LinkReport {
  readonly state: string
  readonly detail: string | null
  readonly problems: readonly { readonly path: string; readonly code: string }[]
  readonly held: readonly { readonly side: 'remote' | 'local'; readonly files: number }[]
  readonly waiting: Readonly<Record<string, number>>
  readonly stepsLeft: number
  readonly transfers: readonly { readonly doneBytes: number }[]
  readonly sendBytesPerSecond: number
}

export interface SyncClientOptions {
  /** Where the linked folder lies; default: in the home of this machine. */
  readonly folder?: string
  /** For all of its processes. */
  readonly env?: Readonly<Record<string, string>>
}

/** Of what it has printed, as much is kept. */
const keptLogLength = 400_000

/** One machine with one linked folder: the real command, in real processes, with a home of its own. */
export class SyncClient implements AsyncDisposable {
  readonly folder: string
  readonly home: string
  /** For processes that are started from now on. */
  env: Readonly<Record<string, string>>
  readonly #stack: AsyncDisposableStack
  #daemon: ChildProcess | undefined
  log = ''
  /** How its process ended, where nobody has stopped it. */
  endedBy: string | undefined

  private constructor(
    home: string,
    stack: AsyncDisposableStack,
    { folder = join(home, 'Linked'), env = {} }: SyncClientOptions,
  ) {
    this.home = home
    this.#stack = stack
    this.folder = folder
    this.env = env
  }

  /** A machine on which nothing was done yet. */
  static async openNew(options: SyncClientOptions = {}): Promise<SyncClient> {
    await using stack = new AsyncDisposableStack()
    const home = stack.use(await openTemporaryFolder())
    return new SyncClient(home.path, stack.move(), options)
  }

  /** Signed in by a personal access token, and linked; nothing runs yet. */
  static async open(
    url: string,
    token: string,
    remoteFolder: string,
    { env = {}, ...options }: SyncClientOptions = {},
  ): Promise<SyncClient> {
    await using stack = new AsyncDisposableStack()
    const signedIn = { CLOUDSYNC_TOKEN: token, CLOUDSYNC_DEBUG: '1' }
    const client = stack.use(await SyncClient.openNew({ ...options, env: { ...signedIn, ...env } }))
    await client.mustCall('login', url, '--token')
    await client.mustCall('link', client.folder, remoteFolder)
    stack.move()
    return client
  }

  call(...args: string[]): Promise<CommandResult> {
    return this.callWith('', ...args)
  }

  /** With something on stdin. */
  async callWith(input: string, ...args: string[]): Promise<CommandResult> {
    const child = this.spawn(args)
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()))
    child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()))
    child.stdin?.end(input)
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, stdout, stderr }
  }

  async mustCall(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.call(...args)
    if (code !== 0)
      throw new Error(`cloudsync ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    return stdout
  }

  /** As somebody types it at a terminal. */
  openTerminal(columns: number, ...args: string[]): TestTerminal {
    return TestTerminal.open({
      words: [process.execPath, script, ...args],
      columns,
      cwd: this.home,
      environment: this.#environment(),
    })
  }

  start(): void {
    const daemon = this.spawn(['run', '--verbose'])
    daemon.stdin?.end()
    for (const stream of [daemon.stdout, daemon.stderr])
      stream?.on('data', (data: Buffer) => {
        this.log = (this.log + data.toString()).slice(-keptLogLength)
      })
    daemon.on('exit', (code, signal) => {
      if (this.#daemon === daemon) this.endedBy = String(code ?? signal)
    })
    this.#daemon = daemon
  }

  get isRunning(): boolean {
    return this.#daemon?.exitCode === null && this.#daemon.signalCode === null
  }

  /** How the link stands, as programs are told it. */
  async status(): Promise<LinkReport> {
    const { stdout, stderr } = await this.call('status', '--json')
    if (stdout === '') throw new Error(`cloudsync status says nothing: ${stderr}`)
    const [report] = JSON.parse(stdout) as LinkReport[]
    if (!report) throw new Error('no folder is linked')
    return report
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const daemon = this.#daemon
    this.#daemon = undefined
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null)
      return daemon?.exitCode ?? null
    const ended = once(daemon, 'exit') as Promise<[number | null]>
    daemon.kill(signal)
    const [code] = await ended
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
    await this.#stack.disposeAsync()
  }

  /** The caller waits for its end. */
  spawn(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [script, ...args], {
      cwd: this.home,
      env: this.#environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }

  #environment(): Readonly<Record<string, string>> {
    const { PATH = '', NODE_COMPILE_CACHE } = process.env
    return {
      PATH,
      // Half of the start of a command is the compiling of what each of them compiles.
      ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
      HOME: this.home,
      XDG_CONFIG_HOME: join(this.home, 'config'),
      XDG_STATE_HOME: join(this.home, 'state'),
      ...this.env,
    }
  }
}
