import { Redis } from '@hocuspocus/extension-redis'
import { Server, type Extension } from '@hocuspocus/server'
import pg from 'pg'
import * as Y from 'yjs'

/**
 * The process of the stock Hocuspocus server: its own `Server` with its default configuration. With
 * `STORE` it stores as `@hocuspocus/extension-database` does: the whole V1 state of a document as one
 * value, on the server's own debounce. With `REDIS_PORT` it shares them with other such servers, by the
 * extension that comes for that, with its default configuration.
 */
async function main(): Promise<void> {
  const { STORE: store, REDIS_PORT: redisPort } = process.env
  const server = new Server({
    port: Number(process.env['PORT']),
    address: '127.0.0.1',
    quiet: true,
    extensions: [
      ...(store === undefined ? [] : [await openStore(store)]),
      ...(redisPort === undefined
        ? []
        : [new Redis({ host: '127.0.0.1', port: Number(redisPort) })]),
    ],
  })
  await server.listen()
}

/** `config`: of `pg`, as JSON. */
async function openStore(config: string): Promise<Extension> {
  const pool = new pg.Pool(JSON.parse(config) as pg.PoolConfig)
  await pool.query(
    'CREATE TABLE IF NOT EXISTS documents (name text PRIMARY KEY, state bytea NOT NULL)',
  )
  return {
    async onLoadDocument({ document, documentName }) {
      const { rows } = await pool.query<{ state: Buffer }>(
        'SELECT state FROM documents WHERE name = $1',
        [documentName],
      )
      if (rows[0]) Y.applyUpdate(document, rows[0].state)
    },
    async onStoreDocument({ document, documentName }) {
      await pool.query(
        'INSERT INTO documents VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET state = excluded.state',
        [documentName, Buffer.from(Y.encodeStateAsUpdate(document))],
      )
    },
  }
}

await main()
