import {
  compressionRatio,
  dedupRatio,
  listDamagedFiles,
  readContentStats,
} from '#features/contents/index.ts'
import type { AdminCommand, AdminContext } from './admin-command.ts'
import { parseOptions } from './parse-options.ts'

export const storageShow: AdminCommand = {
  name: 'storage show',
  summary: 'shows how much is stored, what is spared, and which files are damaged',
  usage: `Shows the size of all contents and of what is stored for them, and names the files of which a part
cannot be read, as far as that is known.

Usage: npm run admin -- storage show
`,
  parse(args) {
    parseOptions(args, {})
    return show
  },
}

async function show({ db, print }: AdminContext): Promise<void> {
  const stats = await readContentStats(db)
  print(`versions of files  ${megabytes(stats.versionBytes)}`)
  print(
    `each piece once    ${megabytes(stats.chunkBytes)}  ${dedupRatio(stats).toFixed(2)} times less`,
  )
  print(
    `compressed         ${megabytes(stats.sealedBytes)}  ${compressionRatio(stats).toFixed(2)} times less`,
  )
  print(`in the store       ${megabytes(stats.packBytes)}  in ${stats.packs} packs`)
  print(`chunks             ${stats.chunks}, of which ${stats.damagedChunks} are damaged`)
  await printDamagedFiles({ db, print })
}

export async function printDamagedFiles({
  db,
  print,
}: Pick<AdminContext, 'db' | 'print'>): Promise<void> {
  for (const { nodeId, name, version } of await listDamagedFiles(db))
    print(`damaged: version ${version} of ${JSON.stringify(name)} (${nodeId})`)
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
