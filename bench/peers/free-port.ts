import { createServer } from 'node:net'

/** Ports below those that systems hand out by themselves. */
const FIRST_PORT = 22_000
const LAST_PORT = 32_000

let next = FIRST_PORT + (process.pid % 9_000)

/** A port on loopback that nobody listens on just now. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < LAST_PORT - FIRST_PORT; tries += 1) {
    next = next >= LAST_PORT ? FIRST_PORT : next + 1
    if (await isFree(next)) return next
  }
  throw new Error('No port is free')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
