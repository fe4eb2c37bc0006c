import { randomBytes } from 'node:crypto'
import { createFilledFiles } from '../../load/file-transfers.ts'
import { inBatches } from '../../load/in-batches.ts'
import { CloudSyncPeer } from '../../peers/cloudsync-peer.ts'
import { CpuMeter } from '../../peers/cpu-meter.ts'
import type { RestCaller } from '../../peers/rest-caller.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import type { Part, PartContext } from '../in-parts.ts'

const FILE_BYTES = 4096
const FILES_PER_FOLDER = 1_000
const FILES_PER_BATCH = 500
const OUTSTANDING = 2
const MAX_SECONDS = 15

/** Many small files, in batches, and what is listed of them afterwards. */
export async function measureSmallFiles(context: PartContext): Promise<Part> {
  const count = context.isQuick ? 300 : 10_000
  await using peer = await CloudSyncPeer.open()
  const owner = await peer.addUser('owner')
  const { rootId } = await owner.space()
  const names = Array.from({ length: Math.ceil(count / FILES_PER_FOLDER) }, (_, at) => `${at}`)
  const folders = await owner.createFolders(rootId, names)
  const batches = Array.from({ length: Math.ceil(count / FILES_PER_BATCH) }, (_, batch) =>
    Array.from({ length: Math.min(FILES_PER_BATCH, count - batch * FILES_PER_BATCH) }, (_, at) => ({
      parentId: folders[batch % folders.length] as string,
      name: `file-${batch}-${at}`,
      bytes: randomBytes(FILE_BYTES),
    })),
  )
  const roots = await peer.processRoots()
  const cpu = await Promise.all(
    [[process.pid], ...roots.map((root) => [root])].map((root) => CpuMeter.start(root)),
  )
  const begin = performance.now()
  await inBatches(batches, OUTSTANDING, (files) => createFilledFiles(owner, files))
  const uploaded = performance.now()
  const listed = await listAll(owner, folders)
  const ended = performance.now()
  if (listed !== count) throw new Error(`${listed} of ${count} files are listed`)
  const [, server = Number.NaN, database = Number.NaN] = await Promise.all(
    cpu.map((meter) => meter.seconds()),
  )
  const seconds = (ended - begin) / 1000
  context.say(`storage, ${count} small files: ${seconds.toFixed(1)} s`)
  const title = `${formatNumber(count, 0)} files of 4 KiB`
  return {
    method: [
      `${title}: ${FILES_PER_BATCH} in a form, ${OUTSTANDING} requests at a time, into ${folders.length} folders; then all listed, 1,000 a page`,
    ],
    tables: [
      {
        title,
        header: [
          'uploaded, s',
          'listed, s',
          'files a second',
          'server, ms CPU each',
          'database, ms CPU each',
        ],
        rows: [
          [
            formatNumber((uploaded - begin) / 1000, 1),
            formatNumber((ended - uploaded) / 1000, 2),
            formatNumber((count * 1000) / (uploaded - begin), 0),
            formatNumber((server * 1000) / count, 2),
            formatNumber((database * 1000) / count, 2),
          ],
        ],
      },
    ],
    goals: [
      checkGoal({
        text: `${title} uploaded and listed in at most ${MAX_SECONDS} s`,
        measured: seconds,
        limit: MAX_SECONDS,
        unit: ' s',
        digits: 1,
      }),
    ],
  }
}

async function listAll(caller: RestCaller, folders: readonly string[]): Promise<number> {
  let count = 0
  for (const folder of folders)
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const text = await caller.send('GET', `/nodes/${folder}/children?limit=1000${query}`)
      const page = JSON.parse(text) as { items: unknown[]; nextCursor: string | null }
      count += page.items.length
      cursor = page.nextCursor
    }
  return count
}
