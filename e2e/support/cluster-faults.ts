import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterProcesses } from './cluster-processes.ts'

/** Others count a server as dead that they have not heard of for ten seconds. */
const longStopMs = 11_500

/** What goes wrong, and how it is done. Each resolves when everything was set going again. */
const faults = {
  'node killed': async ({ cluster, random, cutOff }) => {
    const node = pick(cluster.nodes, random)
    const killed = node.kill()
    cutOff()
    await killed
    await node.start()
  },
  'node stopped': async ({ cluster, random, cutOff, maxStopMs }) => {
    const isLong = maxStopMs >= 2_000 && random() < 0.1
    using _ = pick(cluster.nodes, random).hang()
    await delay(isLong ? longStopMs : random() * maxStopMs)
    cutOff()
  },
  'all nodes killed': async ({ cluster, cutOff }) => {
    const killed = cluster.nodes.map((node) => node.kill())
    cutOff()
    await Promise.all(killed)
    await Promise.all(cluster.nodes.map((node) => node.start()))
  },
  'PostgreSQL killed': async ({ cluster, cutOff }) => {
    await cluster.postgres.kill()
    cutOff()
  },
  'PostgreSQL stopped': async ({ cluster, random, cutOff, maxStopMs }) => {
    using _ = await cluster.postgres.hang()
    await delay(random() * maxStopMs)
    cutOff()
  },
  'PostgreSQL and node killed': async ({ cluster, random, cutOff }) => {
    const node = pick(cluster.nodes, random)
    await cluster.postgres.kill()
    // Between the two deaths the server takes edits that it cannot store.
    await delay(random() * 60)
    const killed = node.kill()
    cutOff()
    await killed
    await node.start()
  },
  'node killed while PostgreSQL stands still': async ({ cluster, random, cutOff, maxStopMs }) => {
    const node = pick(cluster.nodes, random)
    {
      // What is typed now is in memory only, and others have the time to build on what they see of it.
      using _ = await cluster.postgres.hang()
      await delay(200 + random() * Math.min(maxStopMs, 1_000))
      await node.kill()
    }
    // The others store and acknowledge what has waited.
    await delay(100 + random() * 300)
    cutOff()
    await node.start()
  },
  'Redis killed': async ({ cluster, random, cutOff, maxStopMs }) => {
    await cluster.redis?.kill()
    await delay(random() * Math.min(maxStopMs, 1_000))
    cutOff()
    await cluster.redis?.start()
  },
  'Redis stopped': async ({ cluster, random, cutOff, maxStopMs }) => {
    using _ = cluster.redis?.hang()
    await delay(random() * maxStopMs)
    cutOff()
  },
  'Redis cut off': async ({ cluster, random, cutOff }) => {
    pick(cluster.links, random).cut()
    await delay(random() * 200)
    cutOff()
  },
  'messages lost and late': async ({ cluster, random, cutOff, maxStopMs }) => {
    beUnruly(cluster, random)
    await delay(200 + random() * Math.min(maxStopMs, 1_000))
    cutOff()
    for (const link of cluster.links) link.unruliness = undefined
  },
} satisfies Readonly<Record<string, (target: FaultTarget) => Promise<void>>>

export type FaultKind = keyof typeof faults

export interface FaultTarget {
  readonly cluster: ClusterProcesses
  readonly random: () => number
  /** Called once, at the moment at which clients may lose the network too. */
  readonly cutOff: () => void
  /** How long a process stands still at most. */
  readonly maxStopMs: number
}

/** Those that can happen to a cluster. */
export function listFaultKinds({ redis }: ClusterProcesses): FaultKind[] {
  const kinds = Object.keys(faults) as FaultKind[]
  return kinds.filter((kind) => redis !== undefined || !/Redis|messages/.test(kind))
}

export async function makeFault(kind: FaultKind, target: FaultTarget): Promise<void> {
  await faults[kind](target)
}

/** All kinds in a random order, again and again, so that they come equally often. */
export function* shuffleFaults(kinds: readonly FaultKind[], random: () => number) {
  for (;;) {
    const rest = [...kinds]
    while (rest.length > 0) {
      const [kind] = rest.splice(Math.floor(random() * rest.length), 1)
      if (kind !== undefined) yield kind
    }
  }
}

/** From now on messages between servers are lost, late and out of order. */
export function beUnruly({ links }: ClusterProcesses, random: () => number): void {
  const unruliness = { dropped: random() * 0.6, delayed: random() * 0.6, maxDelayMs: 500 }
  for (const link of links) link.unruliness = unruliness
}

function pick<T>(all: readonly T[], random: () => number): T {
  const one = all[Math.floor(random() * all.length)]
  if (one === undefined) throw new RangeError('Nothing to choose from')
  return one
}
