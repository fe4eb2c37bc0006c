import type { LocalEntry, RemoteEntry, SyncedEntry } from '../model/entry.ts'
import { isChanged } from './fates.ts'

/** What is to be done about the content of a node that is on both sides. */
export type ContentStep =
  /** Both sides have the same, under these names. */
  'equal' | 'unread' | 'merge-text' | 'upload-change' | 'download' | 'keep-copy'

/** Only what is known to be of one content, or was agreed on before, is taken for equal. */
export function contentStep(
  remote: RemoteEntry,
  local: LocalEntry,
  synced: SyncedEntry | undefined,
): ContentStep {
  if (remote.kind === 'folder') return 'equal'
  if (local.content === null) return 'unread'
  // A live text's name is of its history, not of its bytes.
  if (!remote.isText && remote.content === local.content) return 'equal'
  const isMergeable = remote.isText && local.isText !== false
  if (!synced) return isMergeable && remote.canEdit ? 'merge-text' : 'keep-copy'
  const hasLocal = isChanged(local, synced)
  const hasRemote = remote.content !== synced.remoteContent
  if (!hasLocal && !hasRemote) return 'equal'
  if (!remote.canEdit) return hasLocal ? 'keep-copy' : 'download'
  if (isMergeable) return 'merge-text'
  if (!hasLocal) return 'download'
  return synced.remoteContent === null ? 'keep-copy' : 'upload-change'
}
