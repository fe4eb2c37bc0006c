import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { EmbeddedClientConfig } from '../membership.ts'
import { findPostmaster, stopPostmaster } from '../postmaster.ts'
import { currentOwner, type Owner } from '../run-as.ts'
import { findScratchParent } from './find-scratch-parent.ts'

export interface MemberLine {
  readonly event: string
  readonly failure?: string
  readonly message?: string
  readonly clientConfig?: EmbeddedClientConfig
}

/** A server process with an embedded PostgreSQL; killed when disposed of. */
export class Member implements AsyncDisposable {
  readonly child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(
    dataDir: string,
    options: { readonly user?: Owner; readonly binaries?: string } = {},
  ) {
    const script = fileURLToPath(import.meta.resolve('./member-process.ts'))
    const args = [script, dataDir, ...(options.binaries === undefined ? [] : [options.binaries])]
    this.child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...options.user,
    })
    assert(this.child.stdout)
    this.#lines = createInterface(this.child.stdout)[Symbol.asyncIterator]()
  }

  /** Waits for this to be said, past anything else but a failure that was not asked for. */
  async until(event: string): Promise<MemberLine> {
    for (;;) {
      const next = await this.#lines.next()
      assert(next.done !== true, `the process ended without "${event}"`)
      const line: MemberLine = JSON.parse(next.value)
      if (line.event === event) return line
      assert.notEqual(line.event, 'failed', line.message)
    }
  }

  async close(): Promise<void> {
    this.child.stdin?.end()
    await this.#exited()
    assert.equal(this.child.exitCode, 0)
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#exited()
  }

  async #exited(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}

export interface DataDirectory extends AsyncDisposable {
  readonly path: string
}

/** A directory for `dataDir`s; what runs in `path` itself is stopped before it goes. */
export async function makeDataDirectory(
  options: { readonly owner?: Owner; readonly parent?: string } = {},
): Promise<DataDirectory> {
  const path = await mkdtemp(
    join(options.parent ?? (await findScratchParent()), 'cloudsync-embedded-'),
  )
  if (options.owner !== undefined) await chown(path, options.owner.uid, options.owner.gid)
  return {
    path,
    async [Symbol.asyncDispose]() {
      const pid = await findPostmasterPid(path)
      if (pid !== undefined) await stopPostmaster(pid, join(path, 'postgres'), 'immediate')
      await rm(path, { recursive: true, force: true })
    },
  }
}

export async function findPostmasterPid(dataDir: string): Promise<number | undefined> {
  const found = await findPostmaster(join(dataDir, 'postgres'))
  return found.kind === 'running' ? found.file.pid : undefined
}

export async function getPostmasterPid(dataDir: string): Promise<number> {
  const pid = await findPostmasterPid(dataDir)
  assert(pid !== undefined, `no PostgreSQL runs in ${dataDir}`)
  return pid
}

export async function query<Row extends pg.QueryResultRow>(
  config: EmbeddedClientConfig,
  sql: string,
): Promise<Row[]> {
  const client = new pg.Client(config)
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

export const isRoot = currentOwner().uid === 0
