import { fileURLToPath } from 'node:url'
import { randomUUID } from 'node:crypto'
import type { PoolConfig } from 'pg'
import { findFreePort } from './free-port.ts'
import type { Peer } from './peer.ts'
import { ServerProcess } from './server-process.ts'

const entry = fileURLToPath(new URL('hocuspocus-server.ts', import.meta.url))

export interface HocuspocusOptions {
  /** The database that it keeps its documents in. Default: none, they are in memory only. */
  readonly store?: PoolConfig
  /** Of the Redis by which it shares documents with other servers. Default: it is alone. */
  readonly redisPort?: number
}

/** The stock Hocuspocus server. */
export async function openHocuspocus({ store, redisPort }: HocuspocusOptions = {}): Promise<Peer> {
  const port = await findFreePort()
  const server = await ServerProcess.start({
    args: [entry],
    env: {
      PORT: String(port),
      ...(store ? { STORE: JSON.stringify(store) } : {}),
      ...(redisPort === undefined ? {} : { REDIS_PORT: String(redisPort) }),
    },
    readyUrl: `http://127.0.0.1:${port}`,
  })
  return {
    name: 'hocuspocus',
    process: server,
    processRoots: async () => [server.pid],
    target: async () => ({
      protocol: 'hocuspocus',
      url: `ws://127.0.0.1:${port}`,
      // Nobody checks it; the protocol wants one.
      token: 'none',
    }),
    createDocuments: async (count) => Array.from({ length: count }, () => randomUUID()),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
