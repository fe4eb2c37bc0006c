import { cutUpdate, type PieceLimits } from '@cloudsync/crdt'
import * as Y from 'yjs'
import { loadOrigin } from './document-loading.ts'

/**
 * Takes out of a document what waits there for others, as a V1 update. Yjs would try all of it again at
 * once with whatever it waits for, and by then it may cost much more than when it came. Give it back with
 * `returnWaiting`; the log has it all the time.
 */
export function detachWaiting(document: Y.Doc): Uint8Array | undefined {
  const { pendingStructs } = document.store
  document.store.pendingStructs = null
  return pendingStructs ? Y.convertUpdateFormatV2ToV1(pendingStructs.update) : undefined
}

/** Gives back what was taken out, piece by piece, as long as `isCurrent`; some of it may wait on. */
export async function returnWaiting(
  waiting: Uint8Array,
  text: Y.Text,
  limits: PieceLimits,
  inTurn: <T>(work: () => T) => Promise<T>,
  isCurrent: () => boolean,
): Promise<void> {
  const { doc } = text
  if (!doc) return
  const pieces = cutUpdate(waiting, doc, text, limits)
  for (let isDone = false; !isDone;)
    isDone = await inTurn(() => {
      const { value: piece, done: isLast = false } = isCurrent() ? pieces.next() : { done: true }
      if (piece) Y.applyUpdate(doc, piece.update, loadOrigin)
      return isLast
    })
}
