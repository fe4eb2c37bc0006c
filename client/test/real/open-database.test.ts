import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import { createClient } from '@cloudsync/client'
import { startTestServer, testAdmin } from '@cloudsync/server/testing'
import { eventually, openMachines, tellLogs, untilSame } from '../../testing/open-machines.ts'
import { openTemporaryFolder } from '../../testing/temporary-folder.ts'
import type { SyncClient } from '../../testing/sync-client.ts'

/** The sums of both tables are the same after each transaction. */
class Ledger {
  readonly #database: DatabaseSync
  written = 0

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec(`PRAGMA journal_mode = WAL;
      PRAGMA wal_autocheckpoint = 50;
      CREATE TABLE IF NOT EXISTS given (id INTEGER PRIMARY KEY, amount INTEGER, note TEXT);
      CREATE TABLE IF NOT EXISTS taken (id INTEGER PRIMARY KEY, amount INTEGER, note TEXT);`)
  }

  write(times: number): void {
    for (let n = 0; n < times; n++) {
      this.written++
      const note = 'x'.repeat(50 + ((this.written * 97) % 3000))
      this.#database.exec('BEGIN')
      for (const table of ['given', 'taken'])
        this.#database
          .prepare(`INSERT INTO ${table} (amount, note) VALUES (?, ?)`)
          .run(this.written, note)
      this.#database.exec('COMMIT')
    }
  }

  /** The log into the database, as SQLite does it by itself now and then. */
  writeBack(): void {
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  }

  close(): void {
    this.#database.close()
  }
}

/** What somebody finds who opens the copy: what does not hold, or how many rows there are. */
async function look(folder: string, scratch: string): Promise<number | string> {
  const place = await mkdtemp(join(scratch, 'copy-'))
  try {
    for (const name of await readdir(folder))
      if (/^ledger\.db(?:-wal|-journal)?$/.test(name))
        await copyFile(join(folder, name), join(place, name))
    using database = new DatabaseSync(join(place, 'ledger.db'))
    const [check] = database.prepare('PRAGMA integrity_check').all()
    if (check?.['integrity_check'] !== 'ok') return JSON.stringify(check)
    const sums = ['given', 'taken'].map((table) =>
      JSON.stringify(database.prepare(`SELECT count(*) n, sum(amount) s FROM ${table}`).get()),
    )
    if (sums[0] !== sums[1]) return `the tables differ: ${sums.join(' ')}`
    return Number((JSON.parse(sums[0] ?? '{}') as { n?: number }).n)
  } catch (error) {
    return String(error)
  } finally {
    await rm(place, { recursive: true })
  }
}

test('a database that a program writes opens on the other machine at every moment, and is there whole in the end', async (t) => {
  await using server = await startTestServer()
  await using machines = await openMachines(server, [{}, {}])
  await using scratch = await openTemporaryFolder()
  const [writer, reader] = machines.clients as [SyncClient, SyncClient]
  const allWentWell = tellLogs(t, machines.clients)
  for (const client of machines.clients) client.start()
  const found: (number | string)[] = []
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted) {
      if ((await readdir(reader.folder)).includes('ledger.db'))
        found.push(await look(reader.folder, scratch.path))
      await delay(20)
    }
  })()
  const ledger = new Ledger(join(writer.folder, 'ledger.db'))
  const arrived = () =>
    eventually('it arrives', async () => found.at(-1) === ledger.written, 60_000)
  for (let burst = 0; burst < 2; burst++) {
    for (let n = 0; n < 20; n++) {
      ledger.write(10)
      await delay(50)
    }
    // Left open, and at rest.
    ledger.writeBack()
    await arrived()
  }
  ledger.write(100)
  ledger.close()
  await arrived()
  over.abort()
  await watching
  await untilSame(machines.clients)
  const broken = [...new Set(found.filter((one) => typeof one === 'string'))]
  assert.deepEqual(broken, [])

  const client = createClient({ url: server.url, credentials: testAdmin })
  const [space] = await client.spaces.list().all()
  assert.ok(space)
  const nodes = await client.nodes.children(space.rootId).all()
  assert.deepEqual(
    nodes.map(({ name }) => name),
    ['ledger.db'],
  )
  const [node] = nodes
  assert.ok(node)
  t.diagnostic(
    `${(await client.versions.list(node.id).all()).length} versions, ${found.length} looks`,
  )
  allWentWell()
})
