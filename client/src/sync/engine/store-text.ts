import type { NodeId } from '@cloudsync/protocol'
import type { ContentName, LocalEntry } from '../model/entry.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import { syncedWith, type StepContext } from './step-context.ts'
import { encodeMemory, type KnownText } from './text-start.ts'

export function storeText(
  context: StepContext,
  id: NodeId,
  memory: KnownText,
  andAlso?: (writer: StoreWriter) => void,
): void {
  // Before it is sent or written: what is in it twice under two names would be in the text twice.
  context.store.transaction(
    (writer) => {
      writer.putText(id, encodeMemory(memory))
      andAlso?.(writer)
    },
    { isDurable: true },
  )
}

/** Both sides have these contents in common. */
export function agreeOnText(
  context: StepContext,
  id: NodeId,
  entry: LocalEntry,
  remoteContent: ContentName,
  localContent: ContentName | null | undefined = entry.content,
): void {
  const place = context.store.trees.local.get(id) ?? entry
  context.store.transaction((writer) =>
    writer.putSynced(
      syncedWith(context, id, place, { localContent: localContent ?? null, remoteContent }),
    ),
  )
}
