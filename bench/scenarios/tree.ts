import type { Pool } from 'pg'
import { inBatches } from '../load/in-batches.ts'
import { CloudSyncPeer } from '../peers/cloudsync-peer.ts'
import { openMeasuredTree, queryChildren, type MeasuredTree } from '../peers/cloudsync-trees.ts'
import { ForeignLoad } from '../report/foreign-load.ts'
import { checkGoal } from '../report/goals.ts'
import { formatNumber, formatSpread } from '../report/markdown.ts'
import { median } from '../report/statistics.ts'
import type { Scenario } from './scenario.ts'

const MAX_PAGE_RATIO = 2
const WARM_UPS = 10
const OUTSTANDING = 8
const FOLDERS = 10

const calls = {
  query: 'The SQL query of 1,000 children',
  page: 'A page of 1,000 children',
  changes: 'A page of 1,000 changes',
  ancestors: 'The path to the root, 10 folders',
  path: 'Lookup of a path of 10 names',
  rename: 'A rename among 100 children',
  move: 'A move of a folder',
}
type CallName = keyof typeof calls
const callNames = Object.keys(calls) as CallName[]

/** What the tree costs, by REST, in small spaces and in large ones. */
export const treeScenario: Scenario = {
  name: 'tree',
  async run({ rounds, isQuick, withMillion, say }) {
    await using peer = await CloudSyncPeer.open()
    const callCount = isQuick ? 5 : 20
    const commitCount = isQuick ? 80 : 400
    const trees: { tree: MeasuredTree; times: Record<CallName, number[]>; ratios: number[] }[] = []
    for (const size of [1_000, 100_000, ...(withMillion ? [1_000_000] : [])]) {
      const caller = await peer.addUser(`reader-of-${size}`)
      const tree = await openMeasuredTree(peer.database, caller, size)
      trees.push({ tree, times: noTimes(), ratios: [] })
      say(`tree, a space of ${tree.size} nodes is there`)
    }
    const commits = { one: [] as number[], ten: [] as number[] }
    const foreignCores: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const foreign = new ForeignLoad(await peer.processRoots())
      for (const { tree, times, ratios } of trees) {
        const taken = await measureTree(peer.database, tree, callCount, `${round}`)
        for (const name of callNames) times[name].push(taken[name])
        ratios.push(taken.page / taken.query)
      }
      for (const kind of ['one', 'ten'] as const)
        commits[kind].push(await commitsPerSecond(peer, `${kind}-${round}`, kind, commitCount))
      foreignCores.push((await foreign.cores()) ?? Number.NaN)
      say(
        `tree, round ${round}: page : query ${trees.map(({ ratios }) => ratios.at(-1)?.toFixed(2)).join(', ')}; ` +
          `commits a second ${commits.one.at(-1)?.toFixed(0)}, ${commits.ten.at(-1)?.toFixed(0)}`,
      )
    }
    const titleOf = ({ size }: MeasuredTree) => `${formatNumber(size, 0)} nodes`
    return {
      name: 'tree',
      title: 'The tree',
      method: [
        'CloudSync as it starts by itself, with its embedded database; requests from one process on loopback, up to the last byte of the answer',
        'What is measured was made by requests; the rest of the larger spaces are folders of 99 texts, written by SQL',
        `Each figure is the median of ${callCount} calls, the kinds in turn, one call at a time; the SQL query reads the same 1,000 rows through the driver alone`,
        `Commits: ${commitCount} requests that make a folder each, ${OUTSTANDING} outstanding, into ten folders: all in one space, or one in each of ten spaces`,
        `${rounds} rounds, medians (least–most) of which are given; processes other than server and database, the caller among them, kept ${median(foreignCores).toFixed(2)} cores busy`,
      ],
      comparisons: [],
      tables: [
        {
          title: 'Milliseconds',
          header: ['', ...trees.map(({ tree }) => titleOf(tree))],
          rows: [
            ...callNames.map((name) => [
              calls[name],
              ...trees.map(({ times }) => formatSpread(times[name], 2)),
            ]),
            ['**page : query**', ...trees.map(({ ratios }) => formatSpread(ratios, 2))],
          ],
        },
        {
          title: 'Commits a second',
          header: ['', 'one space', 'ten spaces'],
          rows: [['Folders made', formatSpread(commits.one, 0), formatSpread(commits.ten, 0)]],
        },
      ],
      goals: trees.map(({ tree, ratios }) =>
        checkGoal({
          text: `${titleOf(tree)}: a page of 1,000 children in at most ${MAX_PAGE_RATIO} × its query`,
          measured: median(ratios),
          limit: MAX_PAGE_RATIO,
          unit: '×',
          digits: 2,
        }),
      ),
    }
  },
}

async function measureTree(
  database: Pool,
  tree: MeasuredTree,
  callCount: number,
  label: string,
): Promise<Record<CallName, number>> {
  const { caller, spaceId } = tree
  const get = (path: string) => () => caller.send('GET', path)
  const patch = (id: string, body: unknown) => caller.send('PATCH', `/nodes/${id}`, body)
  // Back and forth.
  const placeOf = (index: number) => tree.placeIds[(index + 1) % 2]
  const requests: Record<CallName, (index: number) => Promise<unknown>> = {
    query: () => queryChildren(database, tree.wideId),
    page: get(`/nodes/${tree.wideId}/children?limit=1000`),
    changes: get(`/spaces/${spaceId}/changes?cursor=0&limit=1000`),
    ancestors: get(`/nodes/${tree.deepId}/ancestors`),
    path: get(`/spaces/${spaceId}/path?path=${encodeURIComponent(tree.deepPath)}`),
    rename: (index) => patch(tree.renamedId, { name: `renamed-${label}-${index}` }),
    move: (index) => patch(tree.movedId, { parentId: placeOf(index) }),
  }
  const taken = noTimes()
  // In turn, so that what disturbs the machine disturbs them all.
  for (let index = 0; index < WARM_UPS + callCount; index += 1)
    for (const name of callNames) {
      const begin = performance.now()
      await requests[name](index)
      if (index >= WARM_UPS) taken[name].push(performance.now() - begin)
    }
  return mapCalls((name) => median(taken[name]))
}

/** Ten folders that nobody else writes, each in the first space of somebody. */
async function commitsPerSecond(
  peer: CloudSyncPeer,
  label: string,
  spaces: 'one' | 'ten',
  count: number,
): Promise<number> {
  const callers = await inBatches(
    Array.from({ length: spaces === 'one' ? 1 : FOLDERS }),
    1,
    (_, index) => peer.addUser(`maker-${label}-${index}`),
  )
  const places = await inBatches(Array.from({ length: FOLDERS }), 1, async (_, index) => {
    const caller = callers[index % callers.length] as (typeof callers)[number]
    const { rootId } = await caller.space()
    return { caller, parentId: await caller.createFolder(rootId, `folder-${index}`) }
  })
  const begin = performance.now()
  await inBatches(Array.from({ length: count }), OUTSTANDING, async (_, index) => {
    const { caller, parentId } = places[index % FOLDERS] as (typeof places)[number]
    await caller.send('POST', '/nodes', { parentId, name: `made-${index}`, kind: 'folder' })
  })
  return (count * 1000) / (performance.now() - begin)
}

function mapCalls<T>(map: (name: CallName) => T): Record<CallName, T> {
  return Object.fromEntries(callNames.map((name) => [name, map(name)])) as Record<CallName, T>
}

function noTimes(): Record<CallName, number[]> {
  return mapCalls(() => [])
}
