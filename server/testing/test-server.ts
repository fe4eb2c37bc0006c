import { tmpdir } from 'node:os'
import { pino } from 'pino'
import type { Endpoint } from '#platform/http/endpoint.ts'
import type { ServerOverrides } from '../src/parts/server-overrides.ts'
import { openServer } from '../src/server.ts'
import { parseConfig } from '../src/config/config.ts'
import { readEnv } from '../src/config/env.ts'
import { openTestDatabase, type TestDatabase } from './test-database.ts'
import { TestCaller } from './test-caller.ts'
import { testMasterKeyFile } from './test-keys.ts'

export const testAdmin = {
  email: 'ada@example.com',
  password: 'correct horse battery',
  name: 'Ada',
}

/** A whole server on a database of its own, with one administrator. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly db: TestDatabase
  readonly endpoints: readonly Endpoint[]
  /** The administrator, who has a personal space. */
  readonly admin: TestCaller
  /** Makes an account and signs in as it. */
  addUser(name: string): Promise<TestCaller>
  /** As `addUser`, with the role of an editor in the administrator's first space. */
  addEditor(name: string): Promise<TestCaller>
  /** Stops the server as a signal would; its database stays. */
  stop(): Promise<void>
  /** Starts a second server on the same database, as after a restart. */
  openAnother(): Promise<AnotherServer>
}

export type AnotherServer = Pick<TestServer, 'url' | 'admin'> & AsyncDisposable

export interface TestServerOptions {
  /** Where the server finds the database of this address; the test itself goes there straight. */
  readonly databaseVia?: (databaseUrl: string) => Promise<string>
}

export async function startTestServer(
  overrides: ServerOverrides = {},
  env: Readonly<Record<string, string>> = {},
  { databaseVia = (url) => Promise.resolve(url) }: TestServerOptions = {},
): Promise<TestServer> {
  await using stack = new AsyncDisposableStack()
  const db = stack.use(await openTestDatabase())
  const config = parseConfig(
    readEnv({
      PORT: '0',
      DATABASE_URL: await databaseVia(db.config.url),
      STORAGE_URL: 'memory:',
      DATA_DIR: tmpdir(),
      MASTER_KEY_FILE: testMasterKeyFile,
      ADMIN_EMAIL: testAdmin.email,
      ADMIN_PASSWORD: testAdmin.password,
      ...env,
    }),
  )
  const quiet: ServerOverrides = {
    log: pino({ level: 'silent' }),
    // The work of the test is done by the same event loop, and is no load of the server's.
    shedding: { maxDelayMs: Number.POSITIVE_INFINITY },
  }
  const open = () => openServer(config, { ...quiet, ...overrides })
  const server = await open()
  let stopped: Promise<void> | undefined
  const stop = async () => {
    stopped ??= server[Symbol.asyncDispose]() as Promise<void>
    await stopped
  }
  stack.defer(stop)
  const admin = await TestCaller.signIn(server.url, testAdmin)
  const addUser = async (name: string) => {
    const account = { email: emailOf(name), password: `the password of ${name}`, name }
    await admin.post('/users', account)
    return TestCaller.signIn(server.url, account)
  }
  const running = stack.move()
  return {
    url: server.url,
    endpoints: server.endpoints,
    db,
    admin,
    addUser,
    async addEditor(name) {
      const editor = await addUser(name)
      const { items } = await admin.get<{ items: { id: string }[] }>('/spaces')
      await admin.put(
        `/spaces/${items[0]?.id}/members`,
        JSON.stringify({ email: emailOf(name), role: 'editor' }),
        { 'content-type': 'application/json' },
      )
      return editor
    },
    stop,
    async openAnother() {
      const other = await open()
      return {
        url: other.url,
        admin: await TestCaller.signIn(other.url, testAdmin),
        [Symbol.asyncDispose]: () => other[Symbol.asyncDispose](),
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function emailOf(name: string): string {
  return `${name.toLowerCase()}@example.com`
}
