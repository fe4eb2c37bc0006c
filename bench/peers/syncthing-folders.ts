import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CountingProxy } from './counting-proxy.ts'
import type { FolderPair } from './folder-pair.ts'
import { findFreePort } from './free-port.ts'
import { ServerProcess } from './server-process.ts'
import { untilTrue } from './until-true.ts'

const apiKey = 'bench'
/** Its own default is ten. */
const watcherDelaySeconds = 1

/** One Syncthing with one folder, which knows nobody but those that it is told of. */
export class SyncthingFolder implements AsyncDisposable {
  readonly folder: string
  readonly deviceId: string
  readonly listenPort: number
  readonly #program: string
  readonly #home: string
  readonly #apiPort: number
  #process: ServerProcess | undefined

  private constructor(
    program: string,
    home: string,
    about: { deviceId: string; listenPort: number; apiPort: number },
  ) {
    this.#program = program
    this.#home = home
    this.folder = join(home, 'Folder')
    this.deviceId = about.deviceId
    this.listenPort = about.listenPort
    this.#apiPort = about.apiPort
  }

  static async open(program: string, home: string): Promise<SyncthingFolder> {
    await mkdir(join(home, 'Folder', '.stfolder'), { recursive: true })
    const run = promisify(execFile)
    await run(program, ['generate', `--home=${home}`, '--no-default-folder'])
    const { stdout } = await run(program, [`--home=${home}`, '--device-id'])
    const [listenPort, apiPort] = [await findFreePort(), await findFreePort()]
    return new SyncthingFolder(program, home, { deviceId: stdout.trim(), listenPort, apiPort })
  }

  get pid(): number {
    return this.#process?.pid ?? -1
  }

  /** `others`: device ids, and the ports at which they are asked. */
  async configure(others: ReadonlyMap<string, number>): Promise<void> {
    const ids = [this.deviceId, ...others.keys()]
    const devices = ids.map(
      (id) =>
        `<device id="${id}" compression="metadata">${others.has(id) ? `<address>tcp://127.0.0.1:${others.get(id)}</address>` : '<address>dynamic</address>'}</device>`,
    )
    await writeFile(
      join(this.#home, 'config.xml'),
      `<configuration version="35">
  <folder id="bench" path="${this.folder}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true" fsWatcherDelayS="${watcherDelaySeconds}">
    <filesystemType>basic</filesystemType>
    ${ids.map((id) => `<device id="${id}"/>`).join('')}
    <minDiskFree unit="">0</minDiskFree>
  </folder>
  ${devices.join('\n  ')}
  <gui enabled="true" tls="false"><address>127.0.0.1:${this.#apiPort}</address><apikey>${apiKey}</apikey></gui>
  <options>
    <listenAddress>tcp://127.0.0.1:${this.listenPort}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <urAccepted>-1</urAccepted>
    <startBrowser>false</startBrowser>
    <crashReportingEnabled>false</crashReportingEnabled>
    <reconnectionIntervalS>1</reconnectionIntervalS>
  </options>
</configuration>
`,
    )
  }

  async start(): Promise<void> {
    this.#process = await ServerProcess.start({
      command: this.#program,
      // By itself it starts itself once more, to watch over that one.
      args: [`--home=${this.#home}`, '--no-browser', '--no-restart'],
      env: { STNOUPGRADE: '1', STMONITORED: '1', HOME: this.#home },
      readyUrl: `http://127.0.0.1:${this.#apiPort}/`,
    })
  }

  async stop(): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]()
    this.#process = undefined
  }

  async scan(): Promise<void> {
    await this.#ask('POST', '/rest/db/scan?folder=bench')
  }

  async isConnectedWith(deviceId: string): Promise<boolean> {
    const { connections } = (await this.#ask('GET', '/rest/system/connections')) as {
      connections: Record<string, { connected: boolean }>
    }
    return connections[deviceId]?.connected ?? false
  }

  /** It has looked at its folder, and lacks nothing. */
  async isIdle(): Promise<boolean> {
    const status = (await this.#ask('GET', '/rest/db/status?folder=bench')) as {
      state: string
      needTotalItems: number
    }
    return status.state === 'idle' && status.needTotalItems === 0
  }

  /** What it knows of. */
  async fileCount(): Promise<number> {
    const status = (await this.#ask('GET', '/rest/db/status?folder=bench')) as {
      localFiles: number
    }
    return status.localFiles
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #ask(method: string, path: string): Promise<unknown> {
    const url = `http://127.0.0.1:${this.#apiPort}${path}`
    const answer = await fetch(url, { method, headers: { 'x-api-key': apiKey } })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`Syncthing, ${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

/** Both run, and are connected; with `isCounted` by a proxy. */
export interface SyncthingPair extends FolderPair {
  readonly proxies: readonly CountingProxy[]
}

export async function openSyncthingPair(
  program: string,
  directory: string,
  { isCounted = false } = {},
): Promise<SyncthingPair> {
  await using stack = new AsyncDisposableStack()
  const a = stack.use(await SyncthingFolder.open(program, join(directory, 'a')))
  const b = stack.use(await SyncthingFolder.open(program, join(directory, 'b')))
  const proxies = isCounted ? [stack.use(await CountingProxy.open(b.listenPort))] : []
  await a.configure(new Map([[b.deviceId, proxies[0]?.port ?? b.listenPort]]))
  // Only one of them calls the other, so that all goes by the one proxy; nobody listens at port 1.
  await b.configure(new Map([[a.deviceId, 1]]))
  await b.start()
  await a.start()
  await untilTrue('both Syncthings are connected', async () => {
    if (!(await a.isConnectedWith(b.deviceId))) return false
    return (await a.isIdle()) && (await b.isIdle())
  })
  const kept = stack.move()
  return {
    from: a.folder,
    to: b.folder,
    proxies,
    hint: () => a.scan(),
    async settle() {
      await untilTrue('both Syncthings are idle', async () => (await a.isIdle()) && b.isIdle(), 200)
    },
    pids: () => [a.pid],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
