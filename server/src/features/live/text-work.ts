import {
  childrenRootName,
  cutUpdate,
  isQuicklyApplied,
  missingReferences,
  takesAtMost,
  type PieceLimits,
  type UpdatePiece,
  type UpdateScan,
} from '@cloudsync/crdt'
import type { LiveDocument } from './live-document.ts'
import { maxPendingTailBytes } from './update-bounds.ts'
import { detachWaiting, returnWaiting } from './waiting-structs.ts'

/**
 * What Yjs may do in one turn for what one person sends, in steps of some 300 ns: a few bytes can make it
 * look through a whole document for each of their structs.
 */
const pieceLimits: PieceLimits = { maxWork: 15_000, maxSteps: 60_000 }

/** What finding the places of one update may take, in as many turns as that needs. */
const maxUpdateSteps = 300_000

/** What structs may take that wait for others: all of it is due in the turn in which these come. */
const maxWaitingSteps = pieceLimits.maxSteps

/** A keystroke is some 300 steps of work in a text that was cut up by years of edits. */
const smallUpdate = { maxParts: 8, maxWork: 2_000 }

/** Whether an update may be applied at once: it is short work whatever it is made of, or as it is seen to be. */
export function isQuick(live: LiveDocument, update: Uint8Array, scan: UpdateScan): boolean {
  const { document } = live
  if (document.store.pendingStructs !== null) return false
  if (isQuicklyApplied(scan, document, pieceLimits.maxWork))
    return (
      scan.references.length === 0 ||
      missingReferences(scan, (client) => live.knownClock(client)).length === 0
    )
  return (
    scan.structCount + scan.deletes.length <= smallUpdate.maxParts &&
    takesAtMost(update, document, rootOf(live), smallUpdate.maxWork)
  )
}

function rootOf(live: LiveDocument) {
  return live.kind === 'folder' ? live.document.getMap(childrenRootName) : live.text
}

/** What becomes of a piece; `ended` when the connection or the document is there no more. */
export type PieceOutcome = 'taken' | 'read_only' | 'ended'

/** Where pieces are taken, and for how long. */
export interface TurnsOfConnection {
  /** Runs `work` when it is this person's turn. */
  readonly inTurn: <T>(work: () => T) => Promise<T>
  /** Runs a job of many turns when no other of this person is under way. */
  readonly asJob: <T>(job: () => Promise<T>) => Promise<T>
  /** Whether the document is the one in memory still. */
  readonly isCurrent: () => boolean
}

/**
 * Cuts an update of a text into what is quickly applied and lets `take` apply it, piece after piece, until
 * it is not taken or all is. Ends with `too_costly` before a piece that were too much. What waited in the
 * document, and may wait for this, is given back in pieces too.
 */
export function takeInTurns(
  live: LiveDocument,
  update: Uint8Array,
  turns: TurnsOfConnection,
  take: (piece: UpdatePiece) => PieceOutcome,
): Promise<PieceOutcome | 'too_costly'> {
  return turns.asJob(() => takeAroundWaiting(live, update, turns, take))
}

async function takeAroundWaiting(
  live: LiveDocument,
  update: Uint8Array,
  { inTurn, isCurrent }: TurnsOfConnection,
  take: (piece: UpdatePiece) => PieceOutcome,
): Promise<PieceOutcome | 'too_costly'> {
  const waiting = detachWaiting(live.document)
  if (!waiting) return takePieces(live, update, inTurn, take)
  live.detachedBytes += waiting.length
  try {
    return await takePieces(live, update, inTurn, take)
  } finally {
    await returnWaiting(waiting, live.text, pieceLimits, inTurn, isCurrent)
    live.detachedBytes -= waiting.length
  }
}

async function takePieces(
  live: LiveDocument,
  update: Uint8Array,
  inTurn: TurnsOfConnection['inTurn'],
  take: (piece: UpdatePiece) => PieceOutcome,
): Promise<PieceOutcome | 'too_costly'> {
  const pieces = cutUpdate(update, live.document, live.text, pieceLimits)
  let steps = 0
  for (;;) {
    const outcome = await inTurn(() => {
      const { value: piece, done: isDone } = pieces.next()
      if (isDone) return 'done'
      if (!piece) return 'taken'
      steps += piece.steps
      const isTooCostly =
        piece.steps > pieceLimits.maxSteps ||
        steps > maxUpdateSteps ||
        (piece.isWaiting && !mayWait(live, piece))
      return isTooCostly ? 'too_costly' : take(piece)
    })
    if (outcome === 'done') return 'taken'
    if (outcome !== 'taken') return outcome
  }
}

/** Structs that build on each other in a circle wait too, for ever, and miss nothing that a scan could tell. */
function mayWait(live: LiveDocument, { update, steps }: UpdatePiece): boolean {
  return (
    live.pendingBytes + update.length <= maxPendingTailBytes &&
    live.reserveWaiting(steps, maxWaitingSteps)
  )
}

/** Whether an update of a folder, which is never parted, takes too long to apply. */
export function isTooCostly(live: LiveDocument, update: Uint8Array, scan: UpdateScan): boolean {
  if (isQuick(live, update, scan)) return false
  const limits = { ...pieceLimits, maxWork: Infinity }
  let steps = 0
  for (const piece of cutUpdate(update, live.document, rootOf(live), limits))
    steps += piece?.steps ?? 0
  return steps > pieceLimits.maxSteps
}
