import type { Entry } from '../model/entry.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import type { TextState } from '../texts/text-state.ts'
import { syncedWith, type StepContext } from './step-context.ts'

/**
 * What the file shows of the server's text is agreed on, even if nobody else has what was typed into it. Whoever trashes
 * the text now has not seen that, so that it comes back as itself; another text would have the same words once more.
 */
export function agreeOnShown(
  context: Pick<StepContext, 'store'>,
  writer: StoreWriter,
  { id, parentId, name }: Pick<Entry, 'id' | 'parentId' | 'name'>,
  { pending, diskSha256, content }: TextState,
): void {
  if (context.store.trees.synced.has(id)) return
  const localContent = pending.length === 0 ? (diskSha256 ?? null) : null
  const contents = { localContent, remoteContent: content ?? null }
  writer.putSynced(syncedWith(context, id, { parentId, name, kind: 'file' }, contents))
}
