import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { waitUntil } from '../../../testing/stock-clients.ts'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { openPool } from './connection-pool.ts'
import { isUnavailable } from './database-errors.ts'

test('a pool refuses at once while the database is away, and gives connections again when it is back', async () => {
  await using db = await openTestDatabase()
  using road = await openRoad(db.config.url)
  const metrics = new Registry()
  const pool = openPool({ connectionString: road.url }, pino({ level: 'silent' }), { metrics })
  const state = async () =>
    Number(/breaker_state\{name="postgresql"\} (\d)/.exec(await metrics.metrics())?.[1])
  try {
    await pool.query('SELECT')
    assert.equal(await state(), 0)
    await road.cut()
    await waitUntil('the breaker opens', async () => {
      await assert.rejects(pool.query('SELECT'))
      return (await state()) === 2
    })
    const refusals = await Promise.allSettled(
      Array.from({ length: 100 }, async () => pool.query('SELECT')),
    )
    for (const refusal of refusals)
      assert.ok(refusal.status === 'rejected' && isUnavailable(refusal.reason))
    await road.mend()
    await waitUntil('it gives connections', () =>
      pool.query('SELECT').then(
        () => true,
        () => false,
      ),
    )
    assert.equal(await state(), 0)
    const client = await pool.connect()
    client.release()
  } finally {
    await pool.end()
  }
})

/** A TCP port that leads to a database. */
async function openRoad(databaseUrl: string) {
  const target = targetOf(new URL(databaseUrl))
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = connect(target)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
      socket.on('error', () => socket.destroy())
    }
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  url.searchParams.delete('host')
  const cut = async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  }
  return {
    url: url.href,
    cut,
    async mend() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    [Symbol.dispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** By a Unix socket, where the address names its directory. */
function targetOf({ hostname, port, searchParams }: URL) {
  const directory = searchParams.get('host')
  return directory === null
    ? { host: hostname, port: Number(port || 5432) }
    : { path: join(directory, `.s.PGSQL.${port}`) }
}
