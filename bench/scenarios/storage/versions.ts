import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeReleaseTars } from '../../corpora/npm-releases.ts'
import { ingest } from '../../load/ingest.ts'
import {
  directoryBytes,
  makeBorgRepository,
  makeResticRepository,
  type MakeRepository,
} from '../../peers/backup-repository.ts'
import { makeDataDir } from '../../peers/cloudsync-peer.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import type { Part, PartContext } from '../in-parts.ts'
import { mebibyte, megabyte } from './units.ts'

const MAX_RATIO = 1.05

interface Kept {
  readonly title: string
  readonly storedBytes: number
}

/** What releases of the same packages take up that were stored one after the other. */
export async function measureVersions(context: PartContext): Promise<Part> {
  const perPackage = context.isQuick ? 2 : 10
  const directory = join(context.workDir, 'releases')
  await mkdir(directory)
  const tars = await writeReleaseTars(directory, perPackage)
  const sizes = await Promise.all(tars.map(async (tar) => (await stat(tar)).size))
  const plainBytes = sizes.reduce((sum, size) => sum + size, 0)
  const ours = await keepOurs(tars)
  const restic = await keepTheirs(context, 'RESTIC_BIN', 'restic', makeResticRepository, tars)
  const borg = await keepTheirs(context, 'BORG_BIN', 'Borg, zstd 1', makeBorgRepository, tars)
  await rm(directory, { recursive: true })
  const kept = [ours, ...restic, ...borg]
  context.say(
    `storage, versions: ${kept.map((one) => `${one.title} ${formatNumber(one.storedBytes / megabyte, 1)} MB`).join(', ')}`,
  )
  return {
    method: [
      `Versions: tars of ${perPackage} releases each of three npm packages (typescript, date-fns, react-dom), ${tars.length} files of ${formatNumber(plainBytes / mebibyte, 0)} MiB together, stored one after the other; ours with the rows that describe them in the database, theirs with their indexes`,
    ],
    tables: [
      {
        title: 'Releases stored one after the other',
        header: ['', 'stored, MB', 'sent : stored'],
        rows: kept.map(({ title, storedBytes }) => [
          title,
          formatNumber(storedBytes / megabyte, 2),
          formatNumber(plainBytes / storedBytes, 2),
        ]),
      },
    ],
    goals: restic.map(({ storedBytes }) =>
      checkGoal({
        text: `Releases: at most ${MAX_RATIO} × the bytes that restic stores`,
        measured: ours.storedBytes / storedBytes,
        limit: MAX_RATIO,
        unit: '×',
        digits: 3,
      }),
    ),
  }
}

async function keepOurs(tars: readonly string[]): Promise<Kept> {
  const dataDir = await makeDataDir()
  const { indexBytes } = await ingest(dataDir, tars)
  const storedBytes = indexBytes + (await directoryBytes(join(dataDir, 'blobs')))
  await rm(dataDir, { recursive: true })
  return { title: 'CloudSync', storedBytes }
}

async function keepTheirs(
  { programs }: PartContext,
  variable: string,
  title: string,
  make: MakeRepository,
  tars: readonly string[],
): Promise<Kept[]> {
  const program = programs[variable]
  if (program === undefined) return []
  const directory = join(await makeDataDir(), 'repository')
  const repository = await make(program, directory)
  for (const tar of tars) await repository.backUp(tar)
  const storedBytes = await directoryBytes(directory)
  await rm(directory, { recursive: true })
  return [{ title, storedBytes }]
}
