import * as Y from 'yjs'
import { structCount } from '../text/text-document.ts'
import { causalOrder } from './causal-order.ts'
import { deleteWork, type RootType } from './integration-work.ts'
import { PieceBuilder, type PieceLimits, type UpdatePiece } from './piece-builder.ts'
import { UpdateReader, withoutDeletes } from './read-update.ts'
import { stateUpdateLimits } from './scan-limits.ts'
import type { IdRange } from './update-scan.ts'

/** To read or put in order so many structs takes about a millisecond. */
const maxReadStructs = 2_000

/**
 * Cuts an update into updates that are quickly applied one after the other, so that others are served in
 * between; together they do the same. One that is quickly applied is given back as it is.
 *
 * Each piece is cut when it is asked for: apply one before you ask for the next. Gives `undefined` where
 * so much was read or put in order that others should be served before the first piece is cut. Pieces come
 * in causal order; structs that wait for what nobody has come last, all in one, as they take nothing now.
 * Throws when the bytes are no update within `stateUpdateLimits`: scan first.
 */
export function* cutUpdate(
  update: Uint8Array,
  document: Y.Doc,
  root: RootType,
  limits: PieceLimits,
): Generator<UpdatePiece | undefined, void, void> {
  const reader = new UpdateReader(update, stateUpdateLimits, { isKeepingStructs: true })
  const { deletes } = reader.read()
  const isLong = reader.structs.length > maxReadStructs
  if (isLong) yield
  const { structs, waiting } = causalOrder(reader.structs, (client) =>
    Y.getState(document.store, client),
  )
  if (isLong) yield
  const piece = new PieceBuilder(update, document, root, limits)
  for (const struct of structs) {
    if (piece.tryStruct(struct)) continue
    yield piece.take()
    piece.tryStruct(struct)
  }
  if (waiting.length > 0) {
    if (!piece.isEmpty) yield piece.take()
    yield {
      update: withoutDeletes(update, reader.sections),
      steps: piece.stepsOf(waiting),
      isWaiting: true,
    }
  }
  for (const range of deletes) {
    let rest = piece.tryDelete(range)
    while (rest) {
      yield piece.take()
      rest = piece.tryDelete(rest)
    }
  }
  if (!piece.isEmpty) yield piece.take()
}

/**
 * Whether nothing of an update waits and all of it takes at most `maxWork`. Reads and weighs all of it: ask
 * only of what is small. Throws when the bytes are no update within `stateUpdateLimits`: scan first.
 */
export function takesAtMost(
  update: Uint8Array,
  document: Y.Doc,
  root: RootType,
  maxWork: number,
): boolean {
  const reader = new UpdateReader(update, stateUpdateLimits, { isKeepingStructs: true })
  const { deletes } = reader.read()
  const { structs, waiting } = causalOrder(reader.structs, (client) =>
    Y.getState(document.store, client),
  )
  const piece = new PieceBuilder(update, document, root, { maxWork, maxSteps: maxWork })
  return (
    waiting.length === 0 &&
    structs.every((struct) => piece.tryStruct(struct)) &&
    deletes.every((range) => piece.tryDelete(range) === undefined) &&
    piece.work <= maxWork
  )
}

/**
 * Whether an update is quickly applied whatever it is made of: however Yjs has to look for the places
 * of its structs, and however many items it deletes.
 */
export function isQuicklyApplied(
  scan: { readonly structCount: number; readonly deletes: readonly IdRange[] },
  document: Y.Doc,
  maxWork: number,
): boolean {
  const parts = scan.structCount + scan.deletes.length * deleteWork
  return parts * (structCount(document) + parts) <= maxWork
}
