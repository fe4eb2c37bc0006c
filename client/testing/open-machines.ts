import type { TestServer } from '@cloudsync/server/testing'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { hashFolder } from './hash-folder.ts'
import { SyncClient, type SyncClientOptions } from './sync-client.ts'

export interface MachineOptions extends SyncClientOptions {
  /** Where it finds the server; default: where it is. */
  readonly url?: string
  /** Signed in by a code that is typed into a browser; default: by a personal access token. */
  readonly isByCode?: boolean
}

export interface Machines extends AsyncDisposable {
  readonly clients: readonly SyncClient[]
}

/** Machines of one person, each linked with the same space; nothing runs on them yet. */
export async function openMachines(
  server: Pick<TestServer, 'url' | 'admin'>,
  machines: readonly MachineOptions[],
): Promise<Machines> {
  await using stack = new AsyncDisposableStack()
  const { items } = await server.admin.get<{ items: { name: string }[] }>('/spaces')
  const scopes = ['files:read', 'files:write', 'account:read']
  const { caller } = await server.admin.withToken(scopes)
  const clients: SyncClient[] = []
  const folder = items[0]?.name ?? ''
  for (const { url = server.url, isByCode = false, ...options } of machines)
    clients.push(
      stack.use(
        isByCode
          ? await openByCode(server, { url, folder, options })
          : await SyncClient.open(url, caller.accessToken, folder, options),
      ),
    )
  const opened = stack.move()
  return { clients, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

async function openByCode(
  { admin }: Pick<TestServer, 'admin'>,
  { url, folder, options }: { url: string; folder: string; options: SyncClientOptions },
): Promise<SyncClient> {
  await using stack = new AsyncDisposableStack()
  const client = stack.use(await SyncClient.openNew(options))
  const login = client.spawn(['login', url])
  let said = ''
  for await (const data of login.stdout ?? []) {
    const before = said
    said += String(data)
    const [, userCode] = /type the code +(\S+)\n/.exec(said) ?? []
    if (userCode !== undefined && !before.includes(userCode))
      await admin.send('POST', '/oauth/device-codes/decide', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ userCode, decision: 'allow' }),
      })
  }
  if (!said.includes('Signed in to ')) throw new Error(`cloudsync login said: ${said}`)
  await client.mustCall('link', client.folder, folder)
  stack.move()
  return client
}

/** Tells at the end of the test what the clients said, unless what it gives was called before: all went well. */
export function tellLogs(test: TestContext, clients: readonly SyncClient[]): () => void {
  let isWell = false
  test.after(() => {
    if (isWell) return
    for (const { folder, log } of clients) test.diagnostic(`${folder}:\n${log.slice(-8_000)}`)
  })
  return () => {
    isWell = true
  }
}

/** As most editors save: whole, in one step. */
export async function save(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}~`, content)
  await rename(`${path}~`, path)
}

/** Resolves when the file says that on this machine. */
export async function untilHolds(
  client: SyncClient,
  path: string,
  expected: string | Uint8Array,
  timeoutMs = 60_000,
): Promise<void> {
  const bytes = Buffer.from(expected)
  let found: Buffer | undefined
  const shown = () => (typeof expected === 'string' ? JSON.stringify(expected) : 'the bytes')
  await eventually(
    `${path} says ${shown()}`,
    async () => {
      found = await readFile(join(client.folder, path)).catch(() => undefined)
      return found?.equals(bytes) === true
    },
    timeoutMs,
  )
}

/** Resolves when the folders of all machines hold the same, and the clients say that both sides do. */
export async function untilSame(
  clients: readonly SyncClient[],
  timeoutMs = 60_000,
): Promise<ReadonlyMap<string, string>> {
  let same = new Map<string, string>()
  let difference = ''
  await eventually(
    () => `all folders hold the same: ${difference}`,
    async () => {
      const folders = await Promise.all(clients.map(({ folder }) => hashFolder(folder)))
      const [first = same] = folders
      same = first
      difference = 'their files differ'
      if (folders.some((other) => !isDeepStrictEqual(other, first))) return false
      const verified = await Promise.all(clients.map((client) => client.call('verify')))
      difference = verified.map(({ stdout, stderr }) => stdout + stderr).join('\n')
      return verified.every(({ code }) => code === 0)
    },
    timeoutMs,
  )
  return same
}

/** Resolves when `condition` holds; throws when it does not in time. Processes are asked, so not too often. */
export async function eventually(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(
        `Waited ${timeoutMs} ms in vain until ${typeof what === 'string' ? what : what()}`,
      )
    await delay(200)
  }
}
