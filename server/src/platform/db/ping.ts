import type { Socket } from 'node:net'
import pg from 'pg'

/** A database that has much to do answers in it, and nobody waits long for one that is away. */
const defaultTimeoutMs = 2_000

/**
 * Resolves when the database answers over a new connection. Throws what the attempt fails with. Not through a
 * pool: that all its connections are at work does not make a database unreachable.
 */
export async function ping(
  config: pg.ClientConfig,
  timeoutMs: number = defaultTimeoutMs,
): Promise<void> {
  const client = new pg.Client({
    ...config,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('SELECT')
  } finally {
    endSoon(client)
  }
}

/** Says good-bye and waits for no answer, which may never come. */
export function endSoon(client: pg.Client): void {
  client.end().catch(() => undefined)
  const stream = client.connection.stream as Socket
  stream.destroySoon()
}
