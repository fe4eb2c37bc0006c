import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@cloudsync/crdt/testing'
import { ApiClient } from './api-client.ts'
import { ClusterProcess } from './cluster-process.ts'
import { ReconnectWatch, type Reconnect } from './reconnect-watch.ts'
import { adminAccount, findFreePort } from './server-process.ts'
import { HocuspocusTypist } from './typist.ts'
import { waitFor } from './wait-for.ts'

export interface RollingOptions {
  readonly clients: number
  readonly servers: number
  readonly seed: number
  readonly report: (line: string) => void
}

export interface Restart {
  readonly stopMs: number
  readonly startMs: number
  readonly reconnects: readonly Reconnect[]
}

export interface RollingResult {
  readonly restarts: readonly Restart[]
  readonly typed: number
  readonly acknowledged: number
  /** What was acknowledged, or only typed, and is not in the texts at the end. */
  readonly lostAcknowledged: number
  readonly lostTyped: number
  readonly refusedFrames: number
  readonly requests: { readonly sent: number; readonly failed: readonly string[] }
}

interface Person {
  readonly typist: HocuspocusTypist
  readonly watch: ReconnectWatch
  readonly nodeId: string
}

/** Nobody edits a text with more than so many others. */
const peoplePerText = 5
/** Between two tokens of one person, on average. */
const typingPauseMs = 1_000
const tickMs = 25
/** Of typing, before, between and after the restarts; longer than nginx avoids a server that has failed. */
const quietMs = 5_000

/** People type through nginx while the servers behind it are restarted, one after the other. */
export async function runRolling(options: RollingOptions): Promise<RollingResult> {
  const directory = await mkdtemp(join(tmpdir(), 'cloudsync-rolling-'))
  const { servers } = options
  await using cluster = new ClusterProcess({
    dataDir: directory,
    port: await findFreePort(),
    servers,
  })
  try {
    await cluster.start()
    return await roll(options, cluster)
  } finally {
    await cluster.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

async function roll(options: RollingOptions, cluster: ClusterProcess): Promise<RollingResult> {
  const api = new ApiClient(cluster.url, adminAccount)
  const random = seededRandom(options.seed)
  const people = await openPeople(options, cluster.url, api, random)
  options.report(`${people.length} clients have joined`)
  const stopping = new AbortController()
  const typing = typeAll(people, random, stopping.signal)
  const asking = askAgainAndAgain(api, stopping.signal)
  const restarts: Restart[] = []
  await delay(quietMs)
  for (const { process: server } of cluster.servers) {
    const before = people.map(({ watch }) => watch.reconnects.length)
    const started = performance.now()
    await server.stop()
    const stopMs = performance.now() - started
    await server.start()
    const startMs = performance.now() - started - stopMs
    await delay(quietMs)
    await waitFor('everybody is connected', () => people.every(({ watch }) => !watch.isAway))
    const reconnects = people.flatMap(({ watch }, index) => watch.reconnects.slice(before[index]))
    options.report(`${restarts.length + 1}: ${reconnects.length} came back`)
    restarts.push({ stopMs, startMs, reconnects })
  }
  stopping.abort()
  await typing
  const requests = await asking
  await waitFor('all is in sync', () => people.every(({ typist }) => typist.isSynced), 60_000)
  const result = await check(people, api)
  for (const { typist } of people) typist.destroy()
  return { ...result, restarts, requests }
}

/** Everybody who edits the same text is somebody else. */
async function openPeople(
  { clients }: RollingOptions,
  url: string,
  api: ApiClient,
  random: () => number,
): Promise<Person[]> {
  const rootId = await api.rootId()
  const accounts: ApiClient[] = []
  for (let index = 0; index < peoplePerText; index += 1)
    accounts.push(await api.addEditor(`typist${index}`))
  const people: Person[] = []
  for (let text = 0; people.length < clients; text += 1) {
    const nodeId = await api.createText(rootId, `rolling ${text}.md`)
    for (const [index, account] of accounts.entries()) {
      if (people.length === clients) break
      const watch = new ReconnectWatch()
      const name = `${'abcde'[index] ?? 'z'}${text}`
      const common = { url, nodeId, random, api: account, name }
      const typist = new HocuspocusTypist({ ...common, reconnects: 'stock', watch })
      people.push({ typist, watch, nodeId })
    }
  }
  await waitFor('everybody has joined', () => people.every(({ typist }) => typist.isSynced), 60_000)
  return people
}

async function typeAll(
  people: readonly Person[],
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const { typist } of people) if (random() < tickMs / typingPauseMs) typist.type()
    await delay(tickMs)
  }
}

/** Requests go on as well: each must be answered, whichever server is away. */
async function askAgainAndAgain(api: ApiClient, signal: AbortSignal) {
  const rootId = await api.rootId()
  const failed: string[] = []
  let sent = 0
  while (!signal.aborted) {
    sent += 1
    const name = `request ${sent}.md`
    try {
      if (sent % 5 === 0) await api.createText(rootId, name)
      else await api.get('/spaces')
    } catch (error) {
      failed.push(error instanceof Error ? error.message : String(error))
    }
    await delay(50)
  }
  return { sent, failed }
}

async function check(people: readonly Person[], api: ApiClient) {
  const texts = new Map<string, ReadonlySet<string>>()
  for (const { nodeId } of people) {
    if (texts.has(nodeId)) continue
    const text = new TextDecoder().decode(await api.bytes(`/nodes/${nodeId}/content`))
    texts.set(nodeId, new Set(text.match(/[a-z]\d*-\d+;/g)))
  }
  const countLost = (tokensOf: (person: Person) => ReadonlySet<string>) =>
    people.reduce(
      (sum, person) =>
        sum + [...tokensOf(person)].filter((token) => !texts.get(person.nodeId)?.has(token)).length,
      0,
    )
  const count = (of: (person: Person) => number) =>
    people.reduce((sum, person) => sum + of(person), 0)
  return {
    typed: count(({ typist }) => typist.typed.size),
    acknowledged: count(({ typist }) => typist.ledger.acknowledged.size),
    lostAcknowledged: countLost(({ typist }) => typist.ledger.acknowledged),
    lostTyped: countLost(({ typist }) => typist.typed),
    refusedFrames: count(({ typist }) => typist.ledger.refusedFrames),
  }
}
