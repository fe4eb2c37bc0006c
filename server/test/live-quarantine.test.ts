import assert from 'node:assert/strict'
import { mock, suite, test, type TestContext } from 'node:test'
import { startTestServer, waitUntil } from '../testing/index.ts'

const mebibyte = 1024 * 1024

/** A server on whose clock an hour passes when the test says so. */
async function openServer(t: TestContext) {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
  t.after(() => mock.timers.reset())
  const server = await startTestServer()
  const { pool } = server.db.database
  return {
    createText: (name: string) => server.admin.createText(name),
    /** Entries of a mebibyte each, named by their numbers. */
    async quarantine(nodeId: string, by: string, count: number, daysAgo = 0): Promise<void> {
      await pool.query(
        `INSERT INTO quarantine (document_id, submitted_by, reason, payload, created_at)
        SELECT $1, $2, n, decode(repeat('00', $3), 'hex'), now() - $5 * interval '1 day'
        FROM generate_series(1, $4) AS n`,
        [nodeId, by, mebibyte - 256, count, daysAgo],
      )
    },
    async kept(by: string): Promise<{ entries: number; oldest: number | null }> {
      const { rows } = await pool.query<{ entries: number; oldest: number | null }>(
        `SELECT count(*)::int AS entries, min(reason::int) AS oldest FROM quarantine
        WHERE submitted_by = $1`,
        [by],
      )
      assert.ok(rows[0])
      return rows[0]
    },
    passAnHour: () => mock.timers.tick(3_600_000),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

suite('quarantine', () => {
  test('sheds what is older than thirty days', async (t) => {
    await using server = await openServer(t)
    const nodeId = await server.createText('notes.md')
    await server.quarantine(nodeId, 'user:eve', 1, 31)
    await server.quarantine(nodeId, 'user:ada', 1, 29)
    server.passAnHour()
    await waitUntil('it is shed', async () => (await server.kept('user:eve')).entries === 0)
    assert.deepEqual(await server.kept('user:ada'), { entries: 1, oldest: 1 })
  })

  test('keeps the newest 64 MiB of a person, and of nobody else less for it', async (t) => {
    await using server = await openServer(t)
    await server.quarantine(await server.createText('one.md'), 'user:ada', 2)
    await server.quarantine(await server.createText('two.md'), 'user:eve', 40)
    await server.quarantine(await server.createText('three.md'), 'user:eve', 40)
    server.passAnHour()
    await waitUntil('some are shed', async () => (await server.kept('user:eve')).entries < 80)
    assert.deepEqual(await server.kept('user:eve'), { entries: 64, oldest: 1 })
    assert.deepEqual(await server.kept('user:ada'), { entries: 2, oldest: 1 })
  })

  test('keeps the newest 64 MiB of a document, whoever sent it', async (t) => {
    await using server = await openServer(t)
    const nodeId = await server.createText('notes.md')
    await server.quarantine(nodeId, 'user:ada', 40)
    await server.quarantine(nodeId, 'user:eve', 40)
    server.passAnHour()
    await waitUntil('some are shed', async () => (await server.kept('user:ada')).entries < 40)
    assert.deepEqual(await server.kept('user:ada'), { entries: 24, oldest: 17 })
    assert.deepEqual(await server.kept('user:eve'), { entries: 40, oldest: 1 })
  })
})
