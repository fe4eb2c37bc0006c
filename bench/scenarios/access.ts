import { rm } from 'node:fs/promises'
import { openLoneAccess, type LoneAccess } from '@cloudsync/server/testing/lone-access'
import { fillAccessTree, pickIds, type AccessTreeSize } from '../load/access-tree.ts'
import { makeDataDir } from '../peers/cloudsync-peer.ts'
import { ForeignLoad } from '../report/foreign-load.ts'
import { checkGoal } from '../report/goals.ts'
import { formatNumber } from '../report/markdown.ts'
import type { Report } from '../report/report.ts'
import { median, summarize, type Summary } from '../report/statistics.ts'
import type { Scenario } from './scenario.ts'

const MAX_CACHED_MICROSECONDS = 50
const PAGE = 1_000

type UserId = Parameters<LoneAccess['access']['requireNode']>[0]
type NodeId = Parameters<LoneAccess['access']['requireNode']>[1]

/** What it costs to ask who may do what, from memory and from the database. */
export const accessScenario: Scenario = {
  name: 'access',
  async run({ rounds, isQuick, say }) {
    const size: AccessTreeSize = isQuick
      ? { nodes: 20_000, users: 500, levels: 20 }
      : { nodes: 1_000_000, users: 10_000, levels: 20 }
    const dataDir = await makeDataDir()
    const cached: Summary[] = []
    const read: Summary[] = []
    const page: Summary[] = []
    const foreignCores: number[] = []
    try {
      // Stands still while what is remembered is measured, and goes on between.
      let nowMs = Date.now()
      await using lone = await openLoneAccess(dataDir, { now: () => new Date(nowMs) })
      await fillAccessTree(lone, size)
      say(`access, a space of ${size.nodes} nodes and ${size.users} members is there`)
      const people = await pickIds(lone, 'user', { from: 2, to: size.users, count: 200 })
      const lowest = { from: size.nodes - Math.floor(size.nodes / size.levels) + 1, to: size.nodes }
      const nodes = await pickIds(lone, 'node', { ...lowest, count: PAGE })
      const neighbours = await pickIds(lone, 'node', {
        ...lowest,
        to: lowest.from + PAGE,
        count: PAGE,
      })
      for (let round = 1; round <= rounds; round += 1) {
        const foreign = new ForeignLoad([process.pid])
        nowMs += 10_000
        read.push(await time(isQuick ? 100 : 2_000, (at) => ask(lone, people, nodes, at)))
        cached.push(
          await time(isQuick ? 20_000 : 500_000, (at) => ask(lone, people, nodes, at % 100)),
        )
        page.push(
          await time(isQuick ? 5 : 50, (at) =>
            lone.access.listAccess(people[at % people.length] as UserId, neighbours as NodeId[]),
          ),
        )
        foreignCores.push((await foreign.cores()) ?? Number.NaN)
        say(
          `access, round ${round}: p99 ${micro(cached.at(-1))} µs remembered, ${micro(read.at(-1))} µs read`,
        )
      }
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
    return reportOf({ size, rounds, cached, read, page, foreignCores })
  },
}

interface Measured {
  readonly size: AccessTreeSize
  readonly rounds: number
  readonly cached: readonly Summary[]
  readonly read: readonly Summary[]
  readonly page: readonly Summary[]
  readonly foreignCores: readonly number[]
}

function reportOf({ size, rounds, cached, read, page, foreignCores }: Measured): Report {
  return {
    name: 'access',
    title: 'Access',
    method: [
      `One space of ${formatNumber(size.nodes, 0)} nodes in ${size.levels} levels; ${formatNumber(size.users, 0)} members, each also in three of 100 groups; a grant on every thousandth node, made by a member, and every ten thousandth private`,
      '`requireNode` in the process of the server, one check after the other, each timed by itself; the database is the embedded one',
      'Remembered: 100 pairs of a person and a node of the lowest level that were asked for before; the clock of the cache stands still meanwhile, as it forgets after a second',
      'Read: pairs that were not asked for before; the path, the grants and what these rest on come with one statement',
      `${rounds} rounds, medians of their percentiles; other processes kept ${median(foreignCores).toFixed(2)} cores busy (the database counts as one of them): reading waits for them, and the maxima are those of a shared machine`,
    ],
    comparisons: [],
    tables: [
      {
        title: 'Microseconds for a check',
        header: ['', 'p50', 'p95', 'p99', 'max'],
        rows: [
          row('Remembered', cached),
          row('Read from the database', read),
          row(`${formatNumber(PAGE, 0)} nodes of some folders for one person, read at once`, page),
        ],
      },
    ],
    goals: [
      checkGoal({
        text: `A remembered check: at most ${MAX_CACHED_MICROSECONDS} µs at p99`,
        measured: median(cached.map(({ p99 }) => p99 * 1_000)),
        limit: MAX_CACHED_MICROSECONDS,
        unit: ' µs',
        digits: 1,
      }),
    ],
  }
}

function row(title: string, all: readonly Summary[]): string[] {
  const figures = (['p50', 'p95', 'p99', 'max'] as const).map((key) =>
    formatNumber(median(all.map((each) => each[key] * 1_000)), 1),
  )
  return [title, ...figures]
}

/** Asks for a permission of one pair; a private folder is a no, which is an answer too. */
async function ask(
  { access }: LoneAccess,
  people: readonly string[],
  nodes: readonly string[],
  at: number,
): Promise<void> {
  const userId = people[at % people.length] as UserId
  const nodeId = nodes[(at * 7) % nodes.length] as NodeId
  await access.requireNode(userId, nodeId, 'node.read')
}

/** In milliseconds. */
async function time(count: number, work: (at: number) => Promise<unknown>): Promise<Summary> {
  const times = new Float64Array(count)
  for (let at = 0; at < count; at += 1) {
    const startedAt = performance.now()
    await work(at)
    times[at] = performance.now() - startedAt
  }
  return summarize(times)
}

function micro(summary: Summary | undefined): string {
  return ((summary?.p99 ?? Number.NaN) * 1_000).toFixed(1)
}
