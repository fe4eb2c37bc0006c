import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@cloudsync/crdt/testing'
import { findTreeFaults, openTestDatabase, TestCaller } from '@cloudsync/server/testing'
import { adminAccount, findFreePort, ServerProcess } from '../support/server-process.ts'
import { UploadBook } from '../support/upload-book.ts'
import { uploadUntilGone } from '../support/uploader.ts'
import { waitFor } from '../support/wait-for.ts'

const kills = Number(process.env['UPLOAD_KILLS'] ?? 5)
const uploaders = 4
/** A kill may find all uploads on their way to the server; one at least has to find bytes in the store. */
const maxKills = kills * 10

test('a server that is killed in the middle of uploads keeps each that it acknowledged, and no half', async (context) => {
  const random = seededRandom(1)
  const book = new UploadBook()
  await using db = await openTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-uploads-'))
  const env = { DATABASE_URL: db.config.url, BACKUP_WINDOW: '0' }
  await using server = new ServerProcess({ dataDir, port: await findFreePort(), env })
  const { pool, kysely } = db.database
  let leftovers = 0
  try {
    await server.start()
    const folderId = await (await signIn(server)).rootId()
    for (let round = 0; round < kills || (leftovers === 0 && round < maxKills); round++) {
      const known = new Set(book.fileIds)
      const caller = await signIn(server)
      const options = { caller, folderId, book, random }
      const work = Array.from({ length: uploaders }, () => uploadUntilGone(options))
      await delay(random() * 1_000)
      await server.kill()
      await Promise.all(work)
      leftovers = await countLeftovers()
      await server.start()
      await checkAll(book.fileIds.filter((id) => !known.has(id)))
    }
    await checkNothingElse(folderId)
    await server.stop()
    assert.ok(leftovers > 0, 'no kill has hit an upload on its way to the store')
    // What the first collection frees is leased again; the second takes it, and the packs with it.
    await startCollecting()
    await waitFor('no content is left over', async () => (await countUnnamedContents()) === 0)
    await server.stop()
    await startCollecting()
    await waitFor('no byte is left over', async () => {
      const unused = await count('packs WHERE id NOT IN (SELECT pack_id FROM chunks)')
      return unused === 0 && (await countLeftovers()) === 0
    })
    await checkAll(book.fileIds)
    context.diagnostic(
      `${book.acknowledgedCount} uploads acknowledged, ${book.cutCount} cut off, ${leftovers} leftovers`,
    )
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }

  async function checkAll(ids: readonly string[]): Promise<void> {
    const caller = await signIn(server)
    for (const id of ids) await book.check(caller, id)
    assert.deepEqual(await findTreeFaults(kysely), [])
  }

  /** Nobody sees a file that nobody has sent. */
  async function checkNothingElse(folderId: string): Promise<void> {
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM nodes WHERE parent_id = $1', [
      folderId,
    ])
    const sent = new Set(book.fileIds)
    assert.deepEqual(
      rows.filter(({ id }) => !sent.has(id)),
      [],
    )
  }

  async function count(sql: string): Promise<number> {
    const { rows } = await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`)
    return rows[0]?.n ?? 0
  }

  /** Starts a server for which all leases are over, and everything in the store is old. */
  async function startCollecting(): Promise<void> {
    for (const table of ['contents', 'manifests', 'chunks'])
      await pool.query(`UPDATE ${table} SET leased_until = '-infinity'`)
    for (const path of await listPacks(dataDir)) await utimes(path, 0, 0)
    await server.start()
  }

  function countUnnamedContents(): Promise<number> {
    return count('contents WHERE sha256 NOT IN (SELECT sha256 FROM versions)')
  }

  /** What is stored and named by no file: contents, chunks, and packs that the index does not know. */
  async function countLeftovers(): Promise<number> {
    const packs = (await listPacks(dataDir)).length - (await count('packs'))
    return packs + (await countUnnamedContents()) + (await count('chunks WHERE refs = 0'))
  }
})

function signIn(server: ServerProcess): Promise<TestCaller> {
  return TestCaller.signIn(server.url, adminAccount)
}

/** The files in which the server keeps packs. */
async function listPacks(dataDir: string): Promise<string[]> {
  const options = { recursive: true, withFileTypes: true } as const
  const entries = await readdir(join(dataDir, 'blobs', 'objects'), options)
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
