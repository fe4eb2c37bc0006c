import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { openDatabase, type Database } from '#platform/db/database.ts'
import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
} from '#platform/db/embedded-postgres/embedded-postgres.ts'
import { waitUntil } from './stock-clients.ts'

const log = pino({ level: 'silent' })

/** A PostgreSQL of one's own for several servers. It comes back when it is killed, and can be made to hang. */
export class TestPostgres implements AsyncDisposable {
  readonly url: string
  /** For whoever looks at what is stored. */
  readonly database: Database
  readonly #dataDir: string
  readonly #resources: AsyncDisposableStack

  private constructor(
    url: string,
    database: Database,
    dataDir: string,
    resources: AsyncDisposableStack,
  ) {
    this.url = url
    this.database = database
    this.#dataDir = dataDir
    this.#resources = resources
  }

  static async open(dataDir: string): Promise<TestPostgres> {
    await using stack = new AsyncDisposableStack()
    const url = urlOf(stack.use(await openEmbeddedPostgres({ dataDir, log })))
    const database = stack.use(await openDatabase({ kind: 'url', url }, log, { maxConnections: 3 }))
    return new TestPostgres(url, database, dataDir, stack.move())
  }

  /** `kill -9` of the postmaster; the others of its processes end themselves then. */
  async kill(): Promise<void> {
    process.kill(await this.#postmasterPid(), 'SIGKILL')
  }

  /** Resolves when it answers. */
  async ready(): Promise<void> {
    await waitUntil('PostgreSQL answers', () => this.database.isReachable())
  }

  /** Stops all its processes where they are, with their connections open. */
  async hang(): Promise<Disposable> {
    const postmaster = await this.#postmasterPid()
    const client = new pg.Client({ connectionString: this.url })
    client.on('error', () => undefined)
    await client.connect()
    process.kill(postmaster, 'SIGSTOP')
    const { rows } = await client.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    )
    const pids = [postmaster, ...rows.map(({ pid }) => pid)]
    for (const pid of pids) signal(pid, 'SIGSTOP')
    await client.end()
    return {
      [Symbol.dispose]() {
        for (const pid of pids) signal(pid, 'SIGCONT')
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ready()
    await this.#resources.disposeAsync()
  }

  async #postmasterPid(): Promise<number> {
    const file = await readFile(join(this.#dataDir, 'postgres', 'postmaster.pid'), 'utf8')
    return Number(file.split('\n')[0])
  }
}

/** A process may have ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function urlOf({ clientConfig }: EmbeddedPostgres): string {
  const { host, port, user, database } = clientConfig
  return `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}&sslmode=disable`
}
