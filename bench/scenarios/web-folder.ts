import { fillFolder } from '@cloudsync/server/testing/fill-folder'
import { FolderPage } from '../load/folder-page.ts'
import { accountOf, CloudSyncPeer } from '../peers/cloudsync-peer.ts'
import { insertFolders } from '../peers/cloudsync-trees.ts'
import type { RestCaller } from '../peers/rest-caller.ts'
import { ForeignLoad } from '../report/foreign-load.ts'
import { checkGoal } from '../report/goals.ts'
import { formatNumber, formatSpread } from '../report/markdown.ts'
import { median } from '../report/statistics.ts'
import type { Scenario } from './scenario.ts'

const CHILDREN = 100_000
const MILLION = 1_000_000
const MAX_FIRST_ROWS_MS = 300
const MAX_CHANGE_MS = 200
const FOLDER = 'wide'

const figures = {
  firstRowsMs: 'Click to the first rows, ms',
  allRowsMs: 'Click to all rows in order, ms',
  longestTaskMs: 'The longest task meanwhile, ms',
  drawnRows: 'Rows in the page while scrolling, at most',
  longestFrameMs: 'The longest frame while scrolling, ms',
  createMs: 'Another creates a folder: until it shows, ms',
  renameMs: 'Another renames a folder: until it shows, ms',
  slowestChangeMs: 'The slowest of these, ms',
}
type FigureName = keyof typeof figures
type Figures = Record<FigureName, number>
const figureNames = Object.keys(figures) as FigureName[]

/** A space with a folder of 100,000 children. */
interface WideSpace {
  readonly title: string
  /** Who looks at it in a browser. */
  readonly name: string
  readonly folderId: string
  /** Somebody else, who changes it. */
  readonly other: RestCaller
  count: number
  /** How long the first change took. */
  loadingMs: number
  readonly rounds: Figures[]
}

/** What a browser shows of a folder of 100,000 children. */
export const webFolderScenario: Scenario = {
  name: 'web-folder',
  async run({ rounds, isQuick, withMillion, say }) {
    const changes = isQuick ? 3 : 10
    const foreignCores: number[] = []
    const spaces: WideSpace[] = []
    let browser = ''
    for (const size of [CHILDREN, ...(withMillion ? [MILLION] : [])]) {
      // One server each: together, such folders are more than a server keeps in memory.
      await using peer = await CloudSyncPeer.open()
      const space = await openWideSpace(peer, size)
      spaces.push(space)
      for (let round = 1; round <= rounds; round += 1) {
        const foreign = new ForeignLoad([...(await peer.processRoots()), process.pid])
        await using page = await FolderPage.open(peer.url, accountOf(space.name))
        browser = page.browserName
        const taken = await measure(page, space, { round, changes })
        space.rounds.push(taken)
        foreignCores.push((await foreign.cores()) ?? Number.NaN)
        say(`web-folder, ${space.title}, round ${round}: ${describe(taken)}`)
      }
    }
    const valuesOf = (space: WideSpace, name: FigureName) =>
      space.rounds.map((taken) => taken[name])
    return {
      name: 'web-folder',
      title: 'A folder of 100,000 children in the browser',
      method: [
        `${browser}, headless, 1280 × 800, a new profile in each round; CloudSync as it starts by itself, on loopback`,
        'One child in 100 is a folder, the others are texts; rows and folder document written by SQL as the server writes them',
        'A person signs in, sees the root of the space and clicks the folder; times end after the frame that shows the rows was painted',
        '100 jumps, one per frame, from the top to the bottom and back',
        `Somebody else then makes ${changes} folders and renames them by REST, one after the other, in sight of the first; a time begins before the request is sent, and the round's figure is the median`,
        `The first change after a start of the server reads the folder document: the request took ${spaces.map(({ loadingMs }) => formatNumber(loadingMs, 0)).join(' and ')} ms, and is in no other figure`,
        `${rounds} rounds, medians (least–most) of which are given; processes other than server, database and browser kept ${median(foreignCores).toFixed(2)} cores busy`,
      ],
      comparisons: [],
      tables: [
        {
          title: 'Figures',
          header: ['', ...spaces.map(({ title }) => title)],
          rows: figureNames.map((name) => [
            figures[name],
            ...spaces.map((space) => formatSpread(valuesOf(space, name), 0)),
          ]),
        },
      ],
      goals: spaces.flatMap((space) => [
        checkGoal({
          text: `${space.title}: the first rows in at most ${MAX_FIRST_ROWS_MS} ms`,
          measured: median(valuesOf(space, 'firstRowsMs')),
          limit: MAX_FIRST_ROWS_MS,
          unit: ' ms',
          digits: 0,
        }),
        checkGoal({
          text: `${space.title}: a change by another shows in at most ${MAX_CHANGE_MS} ms`,
          measured: Math.max(
            median(valuesOf(space, 'createMs')),
            median(valuesOf(space, 'renameMs')),
          ),
          limit: MAX_CHANGE_MS,
          unit: ' ms',
          digits: 0,
        }),
      ]),
    }
  },
}

async function openWideSpace(peer: CloudSyncPeer, size: number): Promise<WideSpace> {
  const name = `owner-of-${size}`
  const owner = await peer.addUser(name)
  const other = await peer.addUser(`editor-of-${size}`)
  const { id: spaceId, rootId } = await owner.space()
  const { email } = accountOf(`editor-of-${size}`)
  await owner.send('PUT', `/spaces/${spaceId}/members`, { email, role: 'editor' })
  const folderId = await owner.createFolder(rootId, FOLDER)
  await fillFolder(peer.dataDir, { spaceId, id: folderId }, CHILDREN)
  if (size > CHILDREN) {
    const parentId = await owner.createFolder(rootId, 'fill')
    await insertFolders(peer.database, { spaceId, parentId, count: size - CHILDREN })
    await peer.database.query('VACUUM (ANALYZE) nodes, documents')
  }
  const title = `a space of ${formatNumber(size, 0)} nodes`
  const space = { title, name, folderId, other, count: CHILDREN, loadingMs: 0, rounds: [] }
  const begin = performance.now()
  await createFolder(space, '0-first')
  return { ...space, loadingMs: performance.now() - begin }
}

async function measure(
  page: FolderPage,
  space: WideSpace,
  { round, changes }: { round: number; changes: number },
): Promise<Figures> {
  const opening = await page.openFolder(FOLDER, space.count)
  const scrolling = await page.scroll()
  const createMs: number[] = []
  const renameMs: number[] = []
  for (let index = 0; index < changes; index += 1) {
    // Before all others, so that the browser has it in sight.
    const name = `0-${round}-${index}`
    let id = ''
    createMs.push(
      await page.timeChange(`${name}-new`, async () => {
        id = await createFolder(space, `${name}-new`)
      }),
    )
    const rename = () => space.other.send('PATCH', `/nodes/${id}`, { name: `${name}-renamed` })
    renameMs.push(await page.timeChange(`${name}-renamed`, rename))
    await space.other.send('DELETE', `/nodes/${id}`)
    space.count -= 1
  }
  return {
    ...opening,
    ...scrolling,
    createMs: median(createMs),
    renameMs: median(renameMs),
    slowestChangeMs: Math.max(...createMs, ...renameMs),
  }
}

async function createFolder(space: WideSpace, name: string): Promise<string> {
  const id = await space.other.createFolder(space.folderId, name)
  space.count += 1
  return id
}

function describe({ firstRowsMs, createMs, renameMs }: Figures): string {
  return `first rows ${firstRowsMs.toFixed(0)} ms, changes ${createMs.toFixed(0)} and ${renameMs.toFixed(0)} ms`
}
