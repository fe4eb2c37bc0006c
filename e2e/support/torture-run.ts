import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@cloudsync/crdt/testing'
import { ApiClient } from './api-client.ts'
import { adminAccount, findFreePort, ServerProcess } from './server-process.ts'
import {
  acknowledgedIn,
  describeGroup,
  findLost,
  hasConverged,
  openTypingGroup,
  readText,
  typeFor,
  type TypingGroup,
} from './typing-group.ts'
import { waitFor } from './wait-for.ts'

export interface TortureOptions {
  readonly seed: number
  readonly kills: number
  readonly documents: number
  /** Stock Hocuspocus clients per document; one y-websocket client joins each. */
  readonly clientsPerDocument: number
  /** What is killed, each as often. Default all; for the control run what shows its fault soonest. */
  readonly targets?: readonly TortureTarget[]
  /** In how many of the rounds clients are cut off, from 0 to 1. Default two of three. */
  readonly cutShare?: number
  /** Another server entry, for the control run. */
  readonly entry?: string
  readonly report?: (line: string) => void
  /** Stops early when something is lost: enough for the control run. */
  readonly stopAtLoss?: boolean
}

export interface TortureResult {
  readonly kills: Readonly<Record<TortureTarget, number>>
  readonly edits: number
  readonly acknowledged: number
  readonly checks: number
  readonly lost: readonly string[]
  readonly refusedFrames: number
  readonly slowestRecoveryMs: number
  readonly slowestStartMs: number
}

/** `stalled`: the server, while its database stands still. */
export type TortureTarget = 'server' | 'database' | 'both' | 'stalled'

const allTargets: readonly TortureTarget[] = ['server', 'database', 'both', 'stalled']

/** Nobody types into a document longer than this; a new one takes its place. */
const maxTextLength = 12_000

/**
 * Stock clients type while the server, its PostgreSQL or both are killed at random moments, or the server while its
 * PostgreSQL stands still, so that what is typed is in memory only. After each kill every token that was ever
 * acknowledged must be there, and everybody must come together again.
 *
 * In two rounds of three all clients are cut off at the moment of the kill and come back only after the
 * server was asked for what it has: a client that is still there brings its edits again, and would hide
 * that the server had lost them. In the third they reconnect by themselves, typing all the while.
 */
export async function runTorture(options: TortureOptions): Promise<TortureResult> {
  const random = seededRandom(options.seed)
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-torture-'))
  const server = new ServerProcess({
    dataDir,
    port: await findFreePort(),
    ...(options.entry === undefined ? {} : { entry: options.entry }),
  })
  try {
    await server.start()
    return await torture(options, random, server)
  } catch (error) {
    throw new Error(`seed ${options.seed}; the server said:\n${server.output}`, { cause: error })
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function torture(
  options: TortureOptions,
  random: () => number,
  server: ServerProcess,
): Promise<TortureResult> {
  const api = new ApiClient(server.url, adminAccount)
  const rootId = await api.rootId()
  // Everybody is somebody else: what a peer brings back after a crash is not taken under the author's id.
  const people: ApiClient[] = []
  for (let index = 0; index <= options.clientsPerDocument; index += 1)
    people.push(await api.addEditor(`typist${index}`))
  const openGroup = async (name: string) => {
    const seats = people.map((person) => ({ person, url: server.url }))
    const nodeId = await api.createText(rootId, `torture ${name}.md`)
    return openTypingGroup({ nodeId, name: name.replaceAll('-', ''), seats, random })
  }
  const groups: TypingGroup[] = []
  for (let index = 0; index < options.documents; index += 1)
    groups.push(await openGroup(`${index}`))
  const { targets = allTargets, cutShare = 0.67 } = options
  const kills = { server: 0, database: 0, both: 0, stalled: 0 }
  const lost: string[] = []
  let finished: TypingGroup[] = []
  let checks = 0
  let slowestRecoveryMs = 0
  let slowestStartMs = 0
  for (let round = 1; round <= options.kills; round += 1) {
    await typeFor(groups, 100 + random() * 300, random)
    const target = targets[Math.floor(random() * targets.length)] ?? 'server'
    kills[target] += 1
    const killed = performance.now()
    const isCut = random() < cutShare
    const lostBefore = lost.length
    slowestStartMs = Math.max(
      slowestStartMs,
      await killAndRestart(server, target, groups, isCut, random),
    )
    if (isCut) {
      checks += await check(api, groups, lost)
      for (const group of groups) for (const typist of group.typists) typist.connect()
    }
    await waitFor(
      () => `everybody is in sync again\n${groups.map(describeGroup).join('\n')}`,
      () => groups.every(hasConverged),
      60_000,
    )
    slowestRecoveryMs = Math.max(slowestRecoveryMs, performance.now() - killed)
    checks += await check(api, groups, lost)
    if (lost.length > lostBefore)
      options.report?.(
        `kill ${round} (${target}, ${isCut ? 'cut' : 'open'}) lost ${lost.slice(lostBefore).join(' ')}`,
      )
    if (round % 10 === 0) options.report?.(`${round} kills, ${checks} checks, lost ${lost.length}`)
    if (lost.length > 0 && options.stopAtLoss) break
    for (const [index, group] of groups.entries()) {
      if (group.typists[0] && group.typists[0].doc.getText('content').length < maxTextLength)
        continue
      finished.push(group)
      for (const typist of group.typists) typist.destroy()
      groups[index] = await openGroup(`${index}-${round}`)
    }
  }
  const all = [...finished, ...groups]
  for (const group of groups) for (const typist of group.typists) typist.destroy()
  const typists = all.flatMap((group) => group.typists)
  return {
    kills,
    edits: typists.reduce((sum, typist) => sum + typist.typed.size, 0),
    acknowledged: all.reduce((sum, group) => sum + acknowledgedIn(group).size, 0),
    checks,
    lost,
    refusedFrames: typists.reduce((sum, typist) => sum + typist.ledger.refusedFrames, 0),
    slowestRecoveryMs,
    slowestStartMs,
  }
}

/** Kills in the middle of typing, and goes on typing while the server is away. */
async function killAndRestart(
  server: ServerProcess,
  target: TortureTarget,
  groups: readonly TypingGroup[],
  isCut: boolean,
  random: () => number,
): Promise<number> {
  await using stall = target === 'stalled' ? await server.stallDatabase() : undefined
  const typing = typeFor(groups, 60 + random() * 200, random)
  await delay(random() * (stall ? 200 : 50))
  if (target === 'database' || target === 'both') await server.killDatabase()
  // Between the two deaths the server takes edits that it cannot store.
  if (target === 'both') await delay(random() * 60)
  const killed = target === 'database' ? Promise.resolve() : server.kill()
  if (isCut) for (const group of groups) for (const typist of group.typists) typist.disconnect()
  await killed
  stall?.end()
  const startMs = target === 'database' ? 0 : await server.start()
  await typing
  return startMs
}

/** Asks the server for every text and adds what is missing to `lost`. Gives the number of tokens looked for. */
async function check(
  api: ApiClient,
  groups: readonly TypingGroup[],
  lost: string[],
): Promise<number> {
  let checks = 0
  for (const group of groups) {
    // Of before the question: a client that reconnects meanwhile may be told more than the answer holds.
    const acknowledged = acknowledgedIn(group)
    const text = await readText(api, group.nodeId)
    checks += acknowledged.size
    lost.push(...findLost(acknowledged, text))
  }
  return checks
}
