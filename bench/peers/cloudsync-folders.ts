import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CloudSyncPeer, type CloudSyncOptions } from './cloudsync-peer.ts'
import { CountingProxy } from './counting-proxy.ts'
import type { FolderPair } from './folder-pair.ts'
import { untilTrue } from './until-true.ts'

const entry = fileURLToPath(new URL('../../client/dist/cloudsync.js', import.meta.url))
const build = fileURLToPath(new URL('../../client/scripts/build.ts', import.meta.url))
const keptOutputChars = 20_000
const inStep = 'in step'

export interface LinkedFolderOptions {
  /** Of the machine: the folder lies in it, and all that the client remembers. */
  readonly home: string
  readonly url: string
  readonly token: string
  /** Name of the space, or of a folder in it. */
  readonly remoteFolder: string
  /** For Node, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
}

let built: Promise<void> | undefined

/** As it is published: in a checkout each start compiles TypeScript, which takes its time and 40 MB. */
async function buildCommand(): Promise<void> {
  const child = spawn(process.execPath, [build], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`The command could not be built (${code})`)
}

/** One machine with one linked folder, kept in step by the command as people start it. */
export class LinkedFolder implements AsyncDisposable {
  readonly folder: string
  readonly #options: LinkedFolderOptions
  #process: ChildProcess | undefined
  #output = ''

  private constructor(options: LinkedFolderOptions) {
    this.#options = options
    this.folder = join(options.home, 'Linked')
  }

  /** Signed in and linked; nothing runs yet. */
  static async open(options: LinkedFolderOptions): Promise<LinkedFolder> {
    const linked = new LinkedFolder(options)
    await (built ??= buildCommand())
    await mkdir(options.home, { recursive: true })
    await linked.#call('login', options.url, '--token')
    await linked.#call('link', linked.folder, options.remoteFolder)
    return linked
  }

  get pid(): number {
    return this.#process?.pid ?? -1
  }

  start(): void {
    const child = this.#spawn(['run'], this.#options.nodeFlags)
    this.#output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        this.#output = (this.#output + String(data)).slice(-keptOutputChars)
      })
    this.#process = child
  }

  async stop(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }

  /** Resolves when the last thing that it said is that both sides are the same. */
  async isInStep(): Promise<void> {
    await untilTrue(`${this.folder} is in step`, () => {
      if (this.#process?.exitCode !== null) throw new Error(`It ended:\n${this.#output}`)
      return Promise.resolve(this.#output.trimEnd().split('\n').at(-1)?.includes(inStep) ?? false)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #call(...args: string[]): Promise<void> {
    const child = this.#spawn(args)
    let said = ''
    child.stderr?.on('data', (data: Buffer) => (said += String(data)))
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`cloudsync ${args.join(' ')} ended with ${code}: ${said}`)
  }

  #spawn(args: readonly string[], nodeFlags: readonly string[] = []): ChildProcess {
    const { home, token } = this.#options
    return spawn(process.execPath, [...nodeFlags, entry, ...args], {
      cwd: home,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        XDG_STATE_HOME: join(home, 'state'),
        CLOUDSYNC_TOKEN: token,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}

/** A server with one person, whose folders may be linked; requests to it can be counted. */
export class LinkedServer implements AsyncDisposable {
  readonly token: string
  readonly space: string
  readonly #peer: CloudSyncPeer
  readonly #stack: AsyncDisposableStack

  private constructor(
    peer: CloudSyncPeer,
    stack: AsyncDisposableStack,
    { token, space }: { token: string; space: string },
  ) {
    this.#peer = peer
    this.#stack = stack
    this.token = token
    this.space = space
  }

  static async open(options: CloudSyncOptions = {}): Promise<LinkedServer> {
    await using stack = new AsyncDisposableStack()
    const peer = stack.use(await CloudSyncPeer.open(options))
    const owner = await peer.addUser('owner')
    const { items } = JSON.parse(await owner.send('GET', '/spaces')) as {
      items: { name: string }[]
    }
    const scopes = ['files:read', 'files:write', 'account:read']
    const body = { name: 'bench', scopes, expiresInDays: 1 }
    const { token } = JSON.parse(await owner.send('POST', '/account/tokens', body)) as {
      token: string
    }
    return new LinkedServer(peer, stack.move(), { token, space: items[0]?.name ?? '' })
  }

  /** A folder of the space, on a machine of its own; it asks the server by `proxy`, if there is one. */
  async link(
    home: string,
    { proxy, nodeFlags }: { proxy?: CountingProxy | undefined; nodeFlags?: readonly string[] } = {},
  ): Promise<LinkedFolder> {
    const { url } = this.#peer
    return this.#stack.use(
      await LinkedFolder.open({
        home,
        url: proxy ? `http://127.0.0.1:${proxy.port}` : url,
        token: this.token,
        remoteFolder: this.space,
        ...(nodeFlags ? { nodeFlags } : {}),
      }),
    )
  }

  get pid(): number {
    return this.#peer.process.pid
  }

  async openProxy(): Promise<CountingProxy> {
    return this.#stack.use(await CountingProxy.open(Number(new URL(this.#peer.url).port)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

/** Both run. */
export interface CloudSyncPair extends FolderPair {
  /** Of the client of `from`, and of that of `to`; with `isCounted` only. */
  readonly proxies: readonly CountingProxy[]
}

export async function openCloudSyncPair(
  directory: string,
  { isCounted = false } = {},
): Promise<CloudSyncPair> {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await LinkedServer.open())
  const proxies = isCounted ? [await server.openProxy(), await server.openProxy()] : []
  const a = await server.link(join(directory, 'a'), { proxy: proxies[0] })
  const b = await server.link(join(directory, 'b'), { proxy: proxies[1] })
  for (const folder of [a, b]) folder.start()
  for (const folder of [a, b]) await folder.isInStep()
  const kept = stack.move()
  return {
    from: a.folder,
    to: b.folder,
    proxies,
    hint: () => Promise.resolve(),
    async settle() {
      await a.isInStep()
      await b.isInStep()
    },
    pids: () => [a.pid],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
