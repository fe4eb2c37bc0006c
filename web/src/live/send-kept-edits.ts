import { systemTimers } from '@cloudsync/client/live'
import type { UserId } from '@cloudsync/protocol'
import type { SessionCheck } from '../api/api-client.ts'
import { liveUrl } from './browser-live.ts'
import { isOpenHere, openKeptDocuments } from './kept-documents.ts'
import { LiveText } from './live-text.ts'

const patienceMs = 30_000
/** Documents that were opened last and are kept for opening them again. */
const keptDocuments = 100

/**
 * Sends the edits that earlier pages could not, of files that are not open here. One file after
 * the other; what the server refuses becomes a draft, as it would in the editor. Gives how many files
 * were sent. Also lets go of documents that have not been used for long.
 */
export async function sendKeptEdits(userId: UserId, session: SessionCheck): Promise<number> {
  const store = await openKeptDocuments()
  if (!store) return 0
  let sent = 0
  for (const nodeId of await store.listPendingNodes(userId)) {
    if (isOpenHere(nodeId)) continue
    const live = new LiveText({
      key: { userId, nodeId },
      fileName: () => 'recovered.txt',
      url: liveUrl(),
      session,
      store,
      canEdit: true,
      timers: systemTimers,
      random: Math.random,
    })
    await live.open()
    await live.settled(patienceMs)
    if (live.snapshot.save.kind === 'saved' || live.snapshot.save.kind === 'readOnly') sent++
    await live.close()
  }
  await store.removeClean(userId, keptDocuments)
  return sent
}
