/**
 * Which of this device's edits the server has on disk.
 *
 * The rule. An edit is one local Yjs transaction; they are numbered 1, 2, 3 … in the order in which
 * they were made. On each socket the server counts the sync frames that carry state (SyncStep2 and
 * Update) and says in `saved {received}` how many of them, from the first, are durable. For every
 * such frame that goes out, the ledger notes the number of the last edit that is in it:
 *
 *   - a SyncStep2 holds the whole local state beyond what the server has, so it covers every edit made
 *     so far; and the server says `saved` for it only when also all that it had in memory is durable;
 *   - an Update holds the one transaction that was made just now. What was made before it lies in an
 *     earlier frame of the same socket, because no Update leaves before the SyncStep2 (`SyncGate`).
 *     So it, too, covers every edit so far once the frames before it are durable.
 *
 * Thus frame k being durable means: all edits up to `covers` of frame k are. Nothing here looks at
 * clocks, because a deletion makes none: it is an edit and a frame like any other. What the stock
 * provider counts (`unsyncedChanges`) is not used; it may read zero too early after a cut.
 *
 * When the socket closes, the frames are forgotten and the unacknowledged edits stay: the next
 * socket's SyncStep2 covers them. A message of an old socket can therefore acknowledge nothing.
 */
export interface EditLedger {
  /** Edits made on this device, those restored from earlier pages included. */
  readonly made: number
  /** How many of them, from the first, earlier pages have left behind. */
  readonly restored: number
  /** All edits up to this number are durable on the server. */
  readonly acknowledged: number
  /** State frames sent on the current socket. */
  readonly sent: number
  /** Frames not yet durable, in order. */
  readonly frames: readonly SentFrame[]
}

interface SentFrame {
  /** 1 for the first state frame of the socket. */
  readonly ordinal: number
  readonly covers: number
}

export type EditLedgerEvent =
  /** Comes first, if at all. */
  | { readonly type: 'restored'; readonly edits: number }
  | { readonly type: 'edited' }
  | { readonly type: 'socketOpened' }
  | { readonly type: 'frameSent' }
  | { readonly type: 'saved'; readonly received: number }

export const emptyLedger: EditLedger = {
  made: 0,
  restored: 0,
  acknowledged: 0,
  sent: 0,
  frames: [],
}

export function updateLedger(ledger: EditLedger, event: EditLedgerEvent): EditLedger {
  switch (event.type) {
    case 'restored':
      return { ...ledger, made: event.edits, restored: event.edits }
    case 'edited':
      return { ...ledger, made: ledger.made + 1 }
    case 'socketOpened':
      return { ...ledger, sent: 0, frames: [] }
    case 'frameSent': {
      const ordinal = ledger.sent + 1
      return {
        ...ledger,
        sent: ordinal,
        frames: [...ledger.frames, { ordinal, covers: ledger.made }],
      }
    }
    case 'saved': {
      const durable = ledger.frames.findLast((frame) => frame.ordinal <= event.received)
      if (!durable) return ledger
      return {
        ...ledger,
        acknowledged: durable.covers,
        frames: ledger.frames.filter((frame) => frame.ordinal > event.received),
      }
    }
  }
}

/** Edits that are on this device only, as far as it knows. */
export function pendingEdits(ledger: EditLedger): number {
  return ledger.made - ledger.acknowledged
}

/** The same without those of earlier pages. */
export function pendingOwnEdits(ledger: EditLedger): number {
  return ledger.made - Math.max(ledger.acknowledged, ledger.restored)
}
