import { fileURLToPath } from 'node:url'
import { randomUUID } from 'node:crypto'
import type { PoolConfig } from 'pg'
import { findFreePort } from './free-port.ts'
import type { Peer } from './peer.ts'
import { ServerProcess } from './server-process.ts'

const entry = fileURLToPath(new URL('hocuspocus-server.ts', import.meta.url))

/** The stock Hocuspocus server; with `store` it keeps its documents in that database. */
export async function openHocuspocus(store?: PoolConfig): Promise<Peer> {
  const port = await findFreePort()
  const server = await ServerProcess.start({
    args: [entry],
    env: { PORT: String(port), ...(store ? { STORE: JSON.stringify(store) } : {}) },
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
