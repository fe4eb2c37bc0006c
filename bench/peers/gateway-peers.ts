import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startFlags } from './cloudsync-peer.ts'
import { findFreePort } from './free-port.ts'
import { ServerProcess } from './server-process.ts'

const account = { email: 'ada@example.com', password: 'correct horse battery' }

/** A server that answers `GET` of `url`, sent with `headers`, from memory. */
export interface GreetingServer extends AsyncDisposable {
  readonly process: ServerProcess
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Bare Express. */
export async function openExpress(): Promise<GreetingServer> {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}/hello`
  const server = await ServerProcess.start({
    args: [...startFlags, fileURLToPath(new URL('./express-server.ts', import.meta.url))],
    env: { PORT: String(port) },
    readyUrl: url,
  })
  return { process: server, url, headers: {}, [Symbol.asyncDispose]: () => close(server) }
}

/** The same answer through our whole gateway, to somebody who is signed in. */
export async function openGateway(): Promise<GreetingServer> {
  const port = await findFreePort()
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-gateway-'))
  const origin = `http://127.0.0.1:${port}`
  const server = await ServerProcess.start({
    args: [...startFlags, fileURLToPath(new URL('./cached-read-server.ts', import.meta.url))],
    env: {
      PORT: String(port),
      DATA_DIR: dataDir,
      ADMIN_EMAIL: account.email,
      ADMIN_PASSWORD: account.password,
      LOG_LEVEL: 'info',
      RATE_LIMIT_PER_MINUTE: '1000000',
    },
    readyUrl: `${origin}/readyz`,
  })
  const signedIn = await fetch(`${origin}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  const { accessToken } = (await signedIn.json()) as { accessToken: string }
  return {
    process: server,
    url: `${origin}/api/v1/hello`,
    headers: { authorization: `Bearer ${accessToken}` },
    async [Symbol.asyncDispose]() {
      await close(server)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function close(server: ServerProcess): Promise<void> {
  await server[Symbol.asyncDispose]()
}
