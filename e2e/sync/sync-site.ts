import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, type NodeId } from '@cloudsync/client'
import {
  hashFolder,
  ServerFolder,
  SyncClient,
  type ServerContents,
} from '@cloudsync/client/testing'
import { TestPostgres } from '@cloudsync/server/testing'
import { ApiClient } from '../support/api-client.ts'
import { adminAccount, findFreePort, ServerProcess } from '../support/server-process.ts'
import { waitFor } from '../support/wait-for.ts'

const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url))
const scopes = ['files:read', 'files:write', 'account:read']

interface SyncSiteParts {
  readonly dataDir: string
  readonly server: ServerProcess
  readonly folder: ServerFolder
  readonly machines: readonly SyncClient[]
  readonly stack: AsyncDisposableStack
}

/** A server in a process of its own, and machines whose client processes keep a folder in step with the same space. */
export class SyncSite implements AsyncDisposable {
  readonly server: ServerProcess
  readonly machines: readonly SyncClient[]
  readonly #folder: ServerFolder
  readonly #dataDir: string
  readonly #stack: AsyncDisposableStack

  private constructor({ server, folder, machines, dataDir, stack }: SyncSiteParts) {
    this.server = server
    this.#folder = folder
    this.machines = machines
    this.#dataDir = dataDir
    this.#stack = stack
  }

  /** The server runs; of the machines nothing does yet. */
  static async open(machineCount: number): Promise<SyncSite> {
    await using stack = new AsyncDisposableStack()
    const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-sync-'))
    stack.defer(() => rm(dataDir, { recursive: true, force: true }))
    // All are one account, and those who look at everything are too.
    const env = { RATE_LIMIT_PER_MINUTE: '100000', NODE_COMPILE_CACHE: compileCache }
    const server = stack.use(new ServerProcess({ dataDir, port: await findFreePort(), env }))
    await server.start()
    const admin = new ApiClient(server.url, adminAccount)
    const { token } = await admin.post<{ token: string }>('/account/tokens', {
      name: 'machines',
      scopes,
      expiresInDays: 1,
    })
    const client = createClient({ url: server.url, credentials: adminAccount, maxAttempts: 20 })
    const [space] = await client.spaces.list().all()
    if (!space) throw new Error('There is no space')
    const options = { env: { NODE_COMPILE_CACHE: compileCache } }
    const machines: SyncClient[] = []
    for (let index = 0; index < machineCount; index++)
      machines.push(stack.use(await SyncClient.open(server.url, token, space.name, options)))
    const folder = new ServerFolder(client)
    return new SyncSite({ dataDir, server, folder, machines, stack: stack.move() })
  }

  /** Resolves when all folders and the server hold the same. */
  async untilSame(timeoutMs: number): Promise<void> {
    let differences: readonly string[] = []
    await waitFor(
      () => `all hold the same; they differ in ${differences.slice(0, 20).join('; ')}`,
      async () => {
        this.requireNoEnd()
        differences = await this.#findDifferences()
        return differences.length === 0
      },
      timeoutMs,
    )
  }

  /** Throws where a client process has ended by itself. */
  requireNoEnd(): void {
    for (const [index, { endedBy, log }] of this.machines.entries())
      if (endedBy !== undefined)
        throw new Error(`client ${index + 1} ended by itself (${endedBy}):\n${log.slice(-4000)}`)
  }

  async findFile(path: string): Promise<NodeId> {
    const node = (await this.#folder.list()).get(path)
    if (!node) throw new Error(`${path} is not on the server`)
    return node.id
  }

  async readServer(): Promise<ServerContents> {
    await using postgres = await TestPostgres.open(this.#dataDir)
    return await this.#folder.readContents(postgres.database.pool)
  }

  /** What a client should not leave behind, by paths; all of them rest. */
  async findLeftovers(): Promise<string[]> {
    const found: string[] = []
    for (const { folder } of this.machines) {
      const own = join(folder, '.cloudsync/tmp')
      for (const name of await readdir(own).catch(() => [])) found.push(join(own, name))
    }
    return found
  }

  /** How everybody stands, for whoever looks for what went wrong. */
  async describe(): Promise<string> {
    const parts = [`the server said:\n${this.server.output.slice(-3000)}`]
    for (const [index, machine] of this.machines.entries()) {
      const { stdout, stderr } = await machine.call('status', '--json')
      parts.push(`client ${index + 1} (${machine.folder}):\n${machine.log}`)
      parts.push(stdout + stderr)
    }
    return parts.join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }

  async #findDifferences(): Promise<string[]> {
    const folders = await Promise.all(this.machines.map(({ folder }) => hashFolder(folder)))
    const [first = new Map<string, string>(), ...others] = folders
    const found = others.flatMap((other, index) =>
      differences(first, other).map((path) => `${path} (1 and ${index + 2})`),
    )
    if (found.length > 0) return found
    return differences(first, await this.#folder.hash()).map((path) => `${path} (1 and the server)`)
  }
}

function differences(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) {
  const paths = new Set([...one.keys(), ...other.keys()])
  return [...paths].filter((path) => one.get(path) !== other.get(path))
}
