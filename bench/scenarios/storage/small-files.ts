import { randomBytes } from 'node:crypto'
import { createFilledFile } from '../../load/file-transfers.ts'
import { inBatches } from '../../load/in-batches.ts'
import { accountOf, CloudSyncPeer } from '../../peers/cloudsync-peer.ts'
import { CpuMeter } from '../../peers/cpu-meter.ts'
import type { RestCaller } from '../../peers/rest-caller.ts'
import { checkGoal } from '../../report/goals.ts'
import { formatNumber } from '../../report/markdown.ts'
import type { StorageContext, StoragePart } from './storage-part.ts'

const FILE_BYTES = 4096
const FILES_PER_FOLDER = 1_000
const OUTSTANDING = 32
const MAX_SECONDS = 15
/** Of the 1,000 requests that a person has in a minute. */
const FILES_PER_PERSON = 900

/** Many small files, one request each, and what is listed of them afterwards. */
export async function measureSmallFiles(context: StorageContext): Promise<StoragePart> {
  const count = context.isQuick ? 300 : 10_000
  await using peer = await CloudSyncPeer.open()
  const { callers, rootId } = await openTeam(peer, Math.ceil(count / FILES_PER_PERSON))
  const [owner] = callers as [RestCaller, ...RestCaller[]]
  const names = Array.from({ length: Math.ceil(count / FILES_PER_FOLDER) }, (_, at) => `${at}`)
  const folders = await owner.createFolders(rootId, names)
  const files = Array.from({ length: count }, (_, index) => ({
    name: `file-${index}`,
    bytes: randomBytes(FILE_BYTES),
  }))
  const roots = await peer.processRoots()
  const cpu = await Promise.all(
    [[process.pid], ...roots.map((root) => [root])].map((root) => CpuMeter.start(root)),
  )
  const begin = performance.now()
  await inBatches(files, OUTSTANDING, (file, index) => {
    const caller = callers[Math.floor(index / FILES_PER_PERSON)] as RestCaller
    return createFilledFile(caller, folders[index % folders.length] as string, file)
  })
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
      `${title}: a form each, ${OUTSTANDING} requests at a time, into ${folders.length} folders of one space, by ${callers.length} of its members, as a person has 1,000 requests a minute; then all listed, 1,000 a page`,
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
        text: `${title} uploaded one by one and listed in at most ${MAX_SECONDS} s`,
        measured: seconds,
        limit: MAX_SECONDS,
        unit: ' s',
        digits: 1,
      }),
    ],
  }
}

/** People who may all write in one space. */
async function openTeam(peer: CloudSyncPeer, size: number) {
  const owner = await peer.addUser('owner')
  const text = await owner.send('POST', '/spaces', { name: 'Small files' })
  const { id, rootId } = JSON.parse(text) as { id: string; rootId: string }
  const names = Array.from({ length: size - 1 }, (_, index) => `member-${index}`)
  const members = await inBatches(names, 1, async (name) => {
    const member = await peer.addUser(name)
    await owner.send('PUT', `/spaces/${id}/members`, {
      email: accountOf(name).email,
      role: 'editor',
    })
    return member
  })
  return { callers: [owner, ...members], rootId }
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
