import type { UserId } from '@cloudsync/protocol'
import type { Session } from '../session/session.ts'
import { toasts } from '../ui/toast-list.ts'
import { countUnsentFiles } from './kept-documents.ts'

/** Sends what an earlier page has left on this device, and says so. */
export async function sendLeftEdits(userId: UserId, session: Session): Promise<void> {
  if ((await countUnsentFiles(userId)) === 0) return
  const { sendKeptEdits } = await import('./send-kept-edits.ts')
  const count = await sendKeptEdits(userId, session)
  if (count > 0) toasts.show(`Changes made offline to ${files(count)} are saved now`)
}

function files(count: number): string {
  return count === 1 ? 'a file' : `${count} files`
}
