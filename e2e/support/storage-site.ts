import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  findContentFaults,
  findTreeFaults,
  testMasterKeyFile,
  TestPostgres,
} from '@cloudsync/server/testing'
import { AdminProcess, runAdmin } from './admin-process.ts'
import { fastTimeVariables } from './fast-contents.ts'
import { LossError } from './stored-file.ts'
import { findFreePort, ServerProcess } from './server-process.ts'
import { waitFor } from './wait-for.ts'

export interface StorageSiteOptions {
  /** Another server than that of the torture, for control runs. */
  readonly entry?: string
  /** How many times as fast time runs for the store. */
  readonly speed: number
}

const serverFile = fileURLToPath(new URL('../storage-server.ts', import.meta.url))

const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url))

/** A server that can be killed, with a PostgreSQL of its own and a store on disk that can move. */
export class StorageSite implements AsyncDisposable {
  readonly postgres: TestPostgres
  readonly #dataDir: string
  readonly #options: StorageSiteOptions
  readonly #port: number
  readonly #originMs = Date.now()
  #server: ServerProcess
  #stores = 1

  private constructor(parts: {
    readonly postgres: TestPostgres
    readonly dataDir: string
    readonly port: number
    readonly options: StorageSiteOptions
  }) {
    this.postgres = parts.postgres
    this.#dataDir = parts.dataDir
    this.#port = parts.port
    this.#options = parts.options
    this.#server = this.#newServer()
  }

  static async open(options: StorageSiteOptions): Promise<StorageSite> {
    const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-torture-'))
    const postgres = await TestPostgres.open(dataDir)
    return new StorageSite({ postgres, dataDir, port: await findFreePort(), options })
  }

  get server(): ServerProcess {
    return this.#server
  }

  /** Begins to copy the store to the next one; it may be killed and begun again. */
  startMigration(): AdminProcess {
    return new AdminProcess(
      ['storage', 'migrate', '--to', this.#urlOf(this.#stores + 1)],
      this.#env,
    )
  }

  /** Copies what is still to be copied and goes over to the copy, as an operator would; the server is stopped. */
  async moveStore(): Promise<void> {
    await runAdmin(['storage', 'migrate', '--to', this.#urlOf(this.#stores + 1)], this.#env)
    await rm(this.#folderOf(this.#stores), { recursive: true, force: true })
    this.#stores += 1
    this.#server = this.#newServer()
  }

  /** Reads everything. Throws a `LossError` when something is damaged. */
  async scrub(): Promise<string> {
    // Time of the store is ahead of that of the command.
    await this.postgres.database.pool.query('UPDATE packs SET scrubbed_at = NULL')
    const scrubbing = new AdminProcess(['storage', 'scrub'], this.#env)
    if ((await scrubbing.ended) !== 0) throw new LossError(scrubbing.output)
    return scrubbing.output
  }

  /** What does not fit together in the database; the server is stopped. */
  async findFaults(): Promise<string[]> {
    const { database } = this.postgres
    return [...(await findTreeFaults(database.kysely)), ...(await findContentFaults(database))]
  }

  /** Which chunk lies in which pack. */
  async listPlaces(): Promise<Map<string, string>> {
    const { rows } = await this.postgres.database.pool.query<{ hash: string; pack_id: string }>(
      `SELECT encode(hash, 'hex') AS hash, pack_id FROM chunks`,
    )
    return new Map(rows.map((row) => [row.hash, row.pack_id]))
  }

  /** All leases are over, and everything in the store is old; the server is stopped. */
  async age(): Promise<void> {
    const { pool } = this.postgres.database
    // Uploads under way keep what is theirs for a week.
    await pool.query(
      `UPDATE contents SET leased_until = 'epoch' WHERE sha256 NOT IN
        (SELECT sha256 FROM upload_sessions WHERE sha256 IS NOT NULL)`,
    )
    await pool.query(`UPDATE manifests SET leased_until = 'epoch' WHERE leased_until > 'epoch'`)
    await pool.query(`UPDATE chunks SET leased_until = 'epoch'`)
    // An hour, of which the store makes months; time that is much older it could not tell.
    const hourAgo = this.#originMs / 1000 - 3_600
    for (const path of await this.#listObjects()) await utimes(path, hourAgo, hourAgo)
  }

  /** Waits until the collector has left nothing that nobody names. Throws a `LossError` when it never does. */
  async waitUntilClean(): Promise<void> {
    let left = ''
    const isClean = async () => {
      left = await this.#describeLeftovers()
      return left === ''
    }
    try {
      await waitFor(
        () => `nothing is left over once it is collected; it is ${left}`,
        isClean,
        60_000,
      )
    } catch (error) {
      throw new LossError(error instanceof Error ? error.message : 'it is not clean')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop()
    await this.postgres[Symbol.asyncDispose]()
    await rm(this.#dataDir, { recursive: true, force: true })
  }

  async #describeLeftovers(): Promise<string> {
    const counts = {
      contents: await this.#count(`contents WHERE sha256 NOT IN (SELECT sha256 FROM versions)
        AND sha256 NOT IN (SELECT sha256 FROM upload_sessions WHERE sha256 IS NOT NULL)`),
      manifests: await this.#count(`manifests WHERE id NOT IN (SELECT id FROM content_drafts)
        AND id NOT IN (SELECT manifest_id FROM contents WHERE manifest_id IS NOT NULL)`),
      chunks: await this.#count('chunks WHERE refs = 0'),
      packs: await this.#count('packs WHERE id NOT IN (SELECT pack_id FROM chunks)'),
      objects: (await this.#listObjects()).length - (await this.#count('packs')),
    }
    const left = Object.entries(counts).filter(([, count]) => count !== 0)
    return left.map(([kind, count]) => `${count} ${kind}`).join(', ')
  }

  async #count(from: string): Promise<number> {
    const { rows } = await this.postgres.database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${from}`,
    )
    return rows[0]?.n ?? 0
  }

  #newServer(): ServerProcess {
    const { entry = serverFile } = this.#options
    return new ServerProcess({ dataDir: this.#dataDir, port: this.#port, entry, env: this.#env })
  }

  get #env(): Record<string, string> {
    return {
      DATABASE_URL: this.postgres.url,
      DATA_DIR: this.#dataDir,
      MASTER_KEY_FILE: testMasterKeyFile,
      STORAGE_URL: this.#urlOf(this.#stores),
      BACKUP_WINDOW: '0',
      NODE_COMPILE_CACHE: compileCache,
      [fastTimeVariables.originMs]: String(this.#originMs),
      [fastTimeVariables.speed]: String(this.#options.speed),
    }
  }

  #folderOf(store: number): string {
    return join(this.#dataDir, `blobs-${store}`)
  }

  #urlOf(store: number): string {
    return pathToFileURL(this.#folderOf(store)).href
  }

  /** The files in which the server keeps packs. */
  async #listObjects(): Promise<string[]> {
    const options = { recursive: true, withFileTypes: true } as const
    const entries = await readdir(join(this.#folderOf(this.#stores), 'objects'), options)
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  }
}
