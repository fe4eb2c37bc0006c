import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '@cloudsync/crdt/testing'
import { checkAcknowledged, untilConverged, type Findings } from './cluster-check.ts'
import {
  beUnruly,
  listFaultKinds,
  makeFault,
  shuffleFaults,
  type FaultKind,
} from './cluster-faults.ts'
import { ClusterPeople } from './cluster-people.ts'
import { openClusterProcesses, type ClusterProcesses } from './cluster-processes.ts'

export interface ClusterTortureOptions {
  readonly seed: number
  readonly nodes: number
  readonly faults: number
  readonly documents: number
  /** How long a process stands still at most. */
  readonly maxStopMs: number
  /** In how many of the rounds clients are cut off, from 0 to 1. Default two of three. */
  readonly cutShare?: number
  /** In a short text people type beside what others have just typed: for the control run. Default 12,000. */
  readonly maxTextLength?: number
  /** Only these, for the control run. */
  readonly kinds?: readonly FaultKind[]
  /** Another server entry, for the control run. */
  readonly entry?: string
  readonly report?: (line: string) => void
  /** Stops early when something is lost: enough for the control run. */
  readonly stopAtLoss?: boolean
}

export interface ClusterTortureResult {
  readonly faults: ReadonlyMap<FaultKind, number>
  readonly edits: number
  readonly acknowledged: number
  readonly checks: number
  readonly lost: readonly string[]
  readonly disagreements: readonly string[]
  readonly lateReads: number
  readonly refusedFrames: number
  readonly messages: { readonly dropped: number; readonly delayed: number }
  readonly slowestRecoveryMs: number
}

interface Scene {
  readonly options: ClusterTortureOptions
  readonly cluster: ClusterProcesses
  readonly people: ClusterPeople
  /** Of the faults, whose order does not depend on how fast anything is. */
  readonly random: () => number
  readonly findings: Findings
}

/**
 * Stock clients, spread over several nodes, type and arrange a folder while nodes, PostgreSQL, Redis and
 * the messages between them fail. After each fault everything that was ever acknowledged must be in the
 * answers of every node, all must come together again, and rows must say what folder documents say.
 *
 * In two rounds of three all clients are cut off during the fault and come back only after the nodes were
 * asked for what they have: a client that is still there brings its edits again, and would hide that they
 * had been lost. In the third they reconnect by themselves, working all the while.
 */
export async function runClusterTorture(
  options: ClusterTortureOptions,
): Promise<ClusterTortureResult> {
  await using cluster = await openClusterProcesses(options)
  try {
    return await torture(options, cluster)
  } catch (error) {
    const outputs = cluster.nodes.map(({ output }, index) => `node ${index} said:\n${output}`)
    throw new Error(`seed ${options.seed}; ${outputs.join('\n')}`, { cause: error })
  }
}

async function torture(
  options: ClusterTortureOptions,
  cluster: ClusterProcesses,
): Promise<ClusterTortureResult> {
  const { documents, report, seed } = options
  using people = await ClusterPeople.open({
    urls: cluster.nodes.map(({ url }) => url),
    documents,
    ...(options.maxTextLength === undefined ? {} : { maxTextLength: options.maxTextLength }),
    random: seededRandom(seed + 1),
  })
  const findings: Findings = {
    checks: 0,
    lost: new Set(),
    disagreements: new Set(),
    lateReads: 0,
  }
  const scene: Scene = { options, cluster, people, random: seededRandom(seed), findings }
  const order = shuffleFaults(options.kinds ?? listFaultKinds(cluster), scene.random)
  const faults = new Map<FaultKind, number>()
  let slowestRecoveryMs = 0
  let round = 0
  for (const kind of order) {
    round += 1
    faults.set(kind, (faults.get(kind) ?? 0) + 1)
    const before = describeFindings(findings)
    slowestRecoveryMs = Math.max(slowestRecoveryMs, await suffer(scene, kind))
    const now = describeFindings(findings)
    if (round % 10 === 0 || now !== before) report?.(`fault ${round}, ${kind}: ${now}`)
    if (round === options.faults || mayStop(scene)) break
    await people.replaceLongTexts(round)
  }
  return {
    faults,
    ...people.count(),
    ...findings,
    lost: [...findings.lost],
    disagreements: [...findings.disagreements],
    messages: {
      dropped: cluster.links.reduce((sum, link) => sum + link.dropped, 0),
      delayed: cluster.links.reduce((sum, link) => sum + link.delayed, 0),
    },
    slowestRecoveryMs,
  }
}

/** One fault, and all that must hold after it. Gives how long it took until everybody had the same again. */
async function suffer(scene: Scene, kind: FaultKind): Promise<number> {
  const { cluster, options, people, random, findings } = scene
  const isCut = random() < (options.cutShare ?? 0.67)
  if (random() < 0.25) beUnruly(cluster, random)
  await workThrough(scene, kind, isCut)
  for (const link of cluster.links) link.unruliness = undefined
  await cluster.postgres.ready()
  await Promise.all(cluster.nodes.map((node) => node.ready()))
  const place = { cluster, people }
  if (isCut) {
    await checkAcknowledged(place, findings)
    if (mayStop(scene)) return 0
    people.connect()
  }
  const since = performance.now()
  await untilConverged(place)
  const recoveryMs = performance.now() - since
  await checkAcknowledged(place, findings)
  return recoveryMs
}

/** Everybody works before the fault, through it, and a little beyond. */
async function workThrough(scene: Scene, kind: FaultKind, isCut: boolean): Promise<void> {
  const { cluster, options, people, random } = scene
  const end = new AbortController()
  const working = people.workUntil(end.signal)
  try {
    await delay(100 + random() * 300)
    await makeFault(kind, {
      cluster,
      random,
      maxStopMs: options.maxStopMs,
      cutOff: () => {
        if (isCut) people.disconnect()
      },
    })
    await delay(random() * 100)
  } finally {
    end.abort()
    await working
  }
}

function mayStop({ options, findings }: Scene): boolean {
  return options.stopAtLoss === true && findings.lost.size > 0
}

function describeFindings({ lost, disagreements, lateReads }: Findings): string {
  return `lost ${[...lost].join(' ') || 'nothing'}; ${disagreements.size} disagreements ${[...disagreements].join('; ')}; ${lateReads} late reads`
}
