import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { readStartCommand } from '../../scripts/start-command.ts'
import { insertTexts } from './cloudsync-documents.ts'
import { findFreePort } from './free-port.ts'
import type { Peer } from './peer.ts'
import { readPostmaster } from './postmaster.ts'
import { RestCaller } from './rest-caller.ts'
import { ServerProcess } from './server-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const start = readStartCommand(root)

/** As in `npm start`. */
export const { env: startEnv, nodeFlags: startFlags } = start

const account = { email: 'ada@example.com', password: 'correct horse battery' }

/** With what somebody of `addUser` signs in. */
export function accountOf(name: string) {
  return { email: `${name}@example.com`, password: `the password of ${name}` }
}

/** A token is asked for anew when it is older. */
const TOKEN_MAX_AGE_MS = 60_000

export interface CloudSyncOptions {
  /** Kept when it is given; otherwise the data goes with the server. */
  readonly dataDir?: string
  /** For Node, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
  /** By which it reaches other servers on the same data directory. */
  readonly redisUrl?: string
}

/** Our server as an operator starts it, on its embedded database, with default settings but for how often it may be asked. */
export class CloudSyncPeer implements Peer {
  readonly name = 'cloudsync'
  readonly process: ServerProcess
  /** Its embedded database, by its socket. */
  readonly database: pg.Pool
  readonly databaseConfig: pg.PoolConfig
  readonly dataDir: string
  readonly url: string
  readonly #isTemporary: boolean
  /** How many of them have an account. */
  #people = 0
  #token: { readonly value: string; readonly atMs: number } | undefined

  private constructor(options: {
    process: ServerProcess
    url: string
    dataDir: string
    databaseConfig: pg.PoolConfig
    isTemporary: boolean
  }) {
    this.process = options.process
    this.dataDir = options.dataDir
    this.databaseConfig = options.databaseConfig
    this.database = new pg.Pool(options.databaseConfig)
    // The server takes its database down when it stops.
    this.database.on('error', () => undefined)
    this.url = options.url
    this.#isTemporary = options.isTemporary
  }

  static async open(options: CloudSyncOptions = {}): Promise<CloudSyncPeer> {
    const dataDir = options.dataDir ?? (await makeDataDir())
    const port = await findFreePort()
    const url = `http://127.0.0.1:${port}`
    const server = await ServerProcess.start({
      args: [...startFlags, ...(options.nodeFlags ?? []), join(root, start.entry)],
      env: {
        ...startEnv,
        PORT: String(port),
        HOST: '127.0.0.1',
        DATA_DIR: dataDir,
        ADMIN_EMAIL: account.email,
        ADMIN_PASSWORD: account.password,
        LOG_LEVEL: 'error',
        // All of a load comes from one network.
        RATE_LIMIT_PER_MINUTE: '100000',
        ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
      },
      readyUrl: `${url}/readyz`,
    })
    const { socketDirectory } = await readPostmaster(dataDir)
    return new CloudSyncPeer({
      process: server,
      url,
      dataDir,
      databaseConfig: {
        host: socketDirectory,
        port: 5432,
        user: 'cloudsync',
        database: 'cloudsync',
      },
      isTemporary: options.dataDir === undefined,
    })
  }

  async processRoots(): Promise<number[]> {
    return [this.process.pid, await this.databasePid()]
  }

  async databasePid(): Promise<number> {
    return (await readPostmaster(this.dataDir)).pid
  }

  async target(people = 0) {
    return {
      protocol: 'hocuspocus' as const,
      url: `${this.url.replace('http', 'ws')}/live`,
      token: await this.#signIn(),
      tokens: await this.#signInPeople(people),
    }
  }

  /** So many who may edit what is in the first space; who is new is let in. */
  async #signInPeople(count: number): Promise<string[]> {
    const owner = new RestCaller(this.url, await this.#signIn())
    for (let index = this.#people; index < count; index += 1) {
      const { id } = await owner.space()
      const { email } = accountOf(`person-${index}`)
      await this.addUser(`person-${index}`)
      await owner.send('PUT', `/spaces/${id}/members`, { email, role: 'editor' })
    }
    this.#people = Math.max(this.#people, count)
    const tokens: string[] = []
    for (let index = 0; index < count; index += 1)
      tokens.push(await this.#readToken(accountOf(`person-${index}`)))
    return tokens
  }

  async createDocuments(count: number, state?: Uint8Array): Promise<string[]> {
    await this.#signIn()
    const ids = await insertTexts(this.database, count, state)
    return ids.map((id) => `text:${id}`)
  }

  /** Makes an account, which has a space of its own. */
  async addUser(name: string): Promise<RestCaller> {
    const user = { ...accountOf(name), name }
    await new RestCaller(this.url, await this.#signIn()).send('POST', '/users', user)
    return new RestCaller(this.url, await this.#readToken(user))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.end()
    await this.process[Symbol.asyncDispose]()
    if (this.#isTemporary) await rm(this.dataDir, { recursive: true, force: true })
  }

  async #signIn(): Promise<string> {
    if (this.#token && performance.now() - this.#token.atMs < TOKEN_MAX_AGE_MS)
      return this.#token.value
    const value = await this.#readToken(account)
    this.#token = { value, atMs: performance.now() }
    return value
  }

  async #readToken({ email, password }: typeof account): Promise<string> {
    const answer = await fetch(`${this.url}/api/v1/auth/sign-in`, {
      method: 'POST',
      // A connection kept open may be closed by the server just when it is used again.
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ email, password }),
    })
    if (!answer.ok) throw new Error(`Signing in: ${answer.status} ${await answer.text()}`)
    const { accessToken } = (await answer.json()) as { accessToken: string }
    return accessToken
  }
}

const madeDirs: string[] = []

process.once('exit', () => {
  for (const directory of madeDirs) rmSync(directory, { recursive: true, force: true })
})

/** A new directory that is gone after the run, however that ends. */
export async function makeDataDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-bench-'))
  madeDirs.push(directory)
  return directory
}
