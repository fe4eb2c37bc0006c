import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { createClient } from '@cloudsync/client'
import { startTestServer, testAdmin, TestLink, type TestServer } from '@cloudsync/server/testing'
import { Random } from '@cloudsync/crdt/testing'
import { eventually, openMachines, tellLogs, untilSame } from '../../testing/open-machines.ts'
import { ScriptedUser } from '../../testing/scripted-user.ts'
import { ServerFolder } from '../../testing/server-folder.ts'
import type { SyncClient } from '../../testing/sync-client.ts'
import { WrittenContents } from '../../testing/written-contents.ts'

const acts = 150

suite('a week without a line', () => {
  for (const [how, isStopped] of [
    ['with the client running', false],
    ['with the machine off', true],
  ] as const)
    test(`${how}: hundreds of changes on both sides come together, and nothing is lost`, async (t) => {
      await using server = await startTestServer({}, { RATE_LIMIT_PER_MINUTE: '100000' })
      await using line = await TestLink.to(server.url)
      await using machines = await openMachines(server, [
        { url: line.url, isByCode: true },
        { isByCode: true },
      ])
      const [away, home] = machines.clients as [SyncClient, SyncClient]
      const allWentWell = tellLogs(t, machines.clients)
      const contents = new WrittenContents()
      const users = machines.clients.map((client, index) => {
        const random = new Random(710 + index)
        const bin = join(client.home, 'bin')
        return new ScriptedUser({
          name: `m${index + 1}`,
          folder: client.folder,
          bin,
          random,
          contents,
        })
      }) as [ScriptedUser, ScriptedUser]
      for (const client of machines.clients) client.start()
      await mkdir(join(home.folder, 'Work'))
      await writeFile(join(home.folder, 'Work/start.md'), `${contents.newWord('start')}\n`)
      for (const user of users) for (let n = 0; n < 60; n++) user.act()
      await untilSame(machines.clients)

      // In the middle of something large.
      const film = Buffer.concat([Buffer.alloc(1), randomBytes(12 * 1024 * 1024)])
      await writeFile(join(away.folder, 'film.bin'), film)
      contents.wroteFile(film)
      await eventually('it is on its way', async () => {
        return (await away.status()).stepsLeft > 0 || (await new Nodes(server).has('film.bin'))
      })
      await line.cut()
      if (isStopped) await away.stop('SIGKILL')
      for (let n = 0; n < acts; n++) for (const user of users) user.act()
      await untilSame([home])
      await makeOlder(server, 8)
      await makeSignInOlder(away, 8)
      for (let n = 0; n < acts / 4; n++) for (const user of users) user.act()

      await line.mend()
      if (isStopped) away.start()
      await untilSame(machines.clients, 90_000)
      for (const user of users) user.emptyBin()
      const client = createClient({ url: server.url, credentials: testAdmin })
      const found = await new ServerFolder(client).readContents(server.db.database.pool)
      assert.deepEqual(contents.findFaults(found), [])
      t.diagnostic(JSON.stringify(contents.counts))
      allWentWell()
    })
})

class Nodes {
  readonly #server: TestServer
  constructor(server: TestServer) {
    this.#server = server
  }

  async has(name: string): Promise<boolean> {
    const { rows } = await this.#server.db.database.pool.query(
      'SELECT 1 FROM nodes WHERE name = $1',
      [name],
    )
    return rows.length > 0
  }
}

/** The access token of a machine is so many days older. */
async function makeSignInOlder({ home }: SyncClient, days: number): Promise<void> {
  const folder = join(home, 'config/cloudsync/credentials')
  const [name = ''] = (await readdir(folder)).filter((each) => each.endsWith('.json'))
  const path = join(folder, name)
  const credential = JSON.parse(await readFile(path, 'utf8')) as {
    secret: { kind: string; accessTokenExpiresAt: number }
  }
  assert.equal(credential.secret.kind, 'sign-in')
  credential.secret.accessTokenExpiresAt -= days * 24 * 3600 * 1000
  await writeFile(path, JSON.stringify(credential))
}

/** All that the server has noted is so many days older, but for its keys and its plans. */
async function makeOlder({ db }: TestServer, days: number): Promise<void> {
  const { pool } = db.database
  const { rows } = await pool.query<{ table: string; column: string }>(
    `SELECT c.table_name AS table, c.column_name AS column FROM information_schema.columns c
      JOIN information_schema.tables t ON t.table_name = c.table_name AND t.table_schema = c.table_schema
      WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type = 'timestamp with time zone'
        AND c.table_name !~ 'key|job'`,
  )
  for (const { table, column } of rows)
    await pool.query(
      `UPDATE "${table}" SET "${column}" = "${column}" - make_interval(days => $1)`,
      [days],
    )
}
