import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { countFiles, writeFileTree, type FileTreeSize } from '../../corpora/file-tree.ts'
import { openCloudSyncPair } from '../../peers/cloudsync-folders.ts'
import { untilTrue } from '../../peers/until-true.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import type { Part, PartContext } from '../in-parts.ts'

/** Requests that change something, or that bytes of files come or go by. */
const isChange = (line: string) => !line.startsWith('GET ') || line.includes('/content')
const maxBytes = 20_000

/** What the renaming of a folder with many files asks of the server and of the wire. */
export async function measureStructure(context: PartContext): Promise<Part> {
  const size: FileTreeSize = context.isQuick
    ? { folders: 3, filesPerFolder: 100, fileBytes: 64 }
    : { folders: 10, filesPerFolder: 1000, fileBytes: 64 }
  const directory = join(context.workDir, 'structure')
  await writeFileTree(join(directory, 'made'), size)
  await using pair = await openCloudSyncPair(directory, { isCounted: true })
  const all = size.folders * size.filesPerFolder
  const untilThere = (name: string) =>
    untilTrue(
      `all are in ${name}`,
      async () => (await countFiles(join(pair.to, name), size)) === all,
    )
  await rename(join(directory, 'made'), join(pair.from, 'many'))
  await untilThere('many')
  await pair.settle()
  for (const proxy of pair.proxies) proxy.take()
  await rename(join(pair.from, 'many'), join(pair.from, 'renamed'))
  await untilThere('renamed')
  await pair.settle()
  const [from, to] = pair.proxies.map((proxy) => proxy.take())
  const changes = [...(from?.requests ?? []), ...(to?.requests ?? [])].filter(isChange)
  const wireBytes = (from?.wireBytes ?? 0) + (to?.wireBytes ?? 0)
  context.say(`sync, rename: ${changes.join(', ')}; ${wireBytes} B`)
  await pair[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
  const count = formatNumber(all, 0)
  return {
    method: [
      `Requests for a rename: by proxies before both clients; those that change something or carry bytes of files, of both; bytes with all headers, answers to questions that waited among them`,
    ],
    tables: [
      {
        title: `The folder of ${count} files renamed: what goes to the server and comes from it`,
        header: ['requests that change or carry contents', 'of them', 'bytes in all, both clients'],
        rows: [[`${changes.length}`, changes.map(shorten).join(', '), formatNumber(wireBytes, 0)]],
      },
    ],
    goals: [
      checkGoal({
        text: `The folder of ${count} files renamed: one operation`,
        measured: changes.length,
        limit: 1,
        unit: '',
        digits: 0,
      }),
      checkGoal({
        text: `… and no bytes of files: at most ${formatNumber(maxBytes, 0)} B in all`,
        measured: wireBytes,
        limit: maxBytes,
        unit: ' B',
        digits: 0,
      }),
    ],
  }
}

/** Without ids. */
function shorten(line: string): string {
  return line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…').split('?')[0] ?? line
}
