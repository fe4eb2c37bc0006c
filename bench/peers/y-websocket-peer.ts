import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePort } from './free-port.ts'
import type { Peer } from './peer.ts'
import { ServerProcess } from './server-process.ts'

/** `y-websocket` 1.5 is the last one that brings its server along. */
const entry = join(
  dirname(fileURLToPath(import.meta.resolve('stock-y-websocket/package.json'))),
  'bin/server.js',
)

/** The stock server of `y-websocket`, with documents in memory only. */
export async function openYWebsocket(): Promise<Peer> {
  const port = await findFreePort()
  const server = await ServerProcess.start({
    args: [entry],
    env: { PORT: String(port), HOST: '127.0.0.1' },
    readyUrl: `http://127.0.0.1:${port}`,
  })
  return {
    name: 'y-websocket',
    process: server,
    processRoots: async () => [server.pid],
    target: async () => ({ protocol: 'y-websocket', url: `ws://127.0.0.1:${port}`, token: '' }),
    createDocuments: async (count) => Array.from({ length: count }, () => randomUUID()),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
