import { createServer } from 'node:net'

/** Where systems begin to hand out ports by themselves. */
const firstEphemeralPort = 32_768

/** The first port from `from` on that nobody on loopback listens on just now. */
export async function findFreePort(from: number): Promise<number> {
  for (let port = from; port < firstEphemeralPort; port += 1) if (await isFree(port)) return port
  throw new Error(`No port from ${from} on is free`)
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
