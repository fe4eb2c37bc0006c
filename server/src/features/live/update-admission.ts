import {
  causalGaps,
  checkFolderUpdate,
  checkLimits,
  checkTextUpdate,
  isContained,
  liveUpdateLimits,
  missingReferences,
  newStructClients,
  scanUpdate,
  stateUpdateLimits,
  type IdRange,
  type ScanLimits,
  type UpdateScan,
} from '@cloudsync/crdt'
import * as Y from 'yjs'
import { maxFrameBytes } from './frames.ts'
import type { LiveDocument } from './live-document.ts'
import { isTooLarge, wouldWait } from './update-bounds.ts'

/** Whether an update answers a SyncStep1, with all that its sender has, or brings what was just done. */
export type UpdateStep = 'state' | 'update'

/** What becomes of an update by its bytes and by what the document knows. */
export type Admission =
  | { readonly kind: 'admitted'; readonly scan: UpdateScan; readonly newClients: readonly number[] }
  /** It changes nothing. `waiting` is what it brings that is stored and waits for others already. */
  | { readonly kind: 'known'; readonly waiting: readonly IdRange[] }
  | { readonly kind: 'read_only' }
  /** Structs are missing before its own. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * A frame is bounded by the socket. What a state may bring at most is what Yjs takes in some 50 ms: an
 * honest client brings only what the server lacks, beside the delete set of the whole document.
 */
const scanLimits: Readonly<Record<UpdateStep, ScanLimits>> = {
  update: { ...liveUpdateLimits, maxBytes: maxFrameBytes },
  state: {
    ...stateUpdateLimits,
    maxBytes: maxFrameBytes,
    maxStructs: 100_000,
    maxDeleteRanges: 200_000,
  },
}

/** Looks at an update before anything of it is applied. Whose client ids it brings is another question. */
export function admitUpdate(
  live: LiveDocument,
  payload: Uint8Array,
  step: UpdateStep,
  canEdit: boolean,
): Admission {
  const scan = scanUpdate(payload, scanLimits.state)
  if (scan.kind === 'refused') return scan
  // A client that loads its local store sends all of it as an update, most of it known; and whoever joins
  // sends back what waits here.
  if (isKnown(scan, live)) return { kind: 'known', waiting: waitingOf(scan, live) }
  const excess = checkLimits(scan, scanLimits[step])
  if (excess) return refused(excess)
  if (!canEdit) return { kind: 'read_only' }
  const violation = live.kind === 'text' ? checkTextUpdate(scan) : checkFolderUpdate(scan)
  if (violation) return refused(violation)
  if (isTooLarge(live, scan)) return refused('too_large')
  if (causalGaps(scan, (client) => live.knownClock(client)).length > 0) return { kind: 'gap' }
  if (wouldWait(live, scan)) return refused('causal_gap')
  const newClients = newStructClients(scan, (client) => Y.getState(live.document.store, client))
  return { kind: 'admitted', scan, newClients }
}

function isKnown(scan: UpdateScan, live: LiveDocument): boolean {
  if (live.accepted.size === 0) return isContained(scan, live.document)
  const structs = scan.structs.filter((range) => endOf(range) > live.knownClock(range.client))
  return isContained({ ...scan, structs }, live.document)
}

function waitingOf({ structs }: UpdateScan, live: LiveDocument): IdRange[] {
  const { store } = live.document
  return structs.filter((range) => endOf(range) > Y.getState(store, range.client))
}

/** Whether an update, or what it brings again, would not be part of the document until somebody brings more. */
export function waitsForOthers(
  { document, accepted }: LiveDocument,
  admission: Admission,
): boolean {
  if (admission.kind === 'known') return admission.waiting.length > 0
  if (admission.kind !== 'admitted') return false
  const { scan } = admission
  const { store } = document
  const isBehind = (client: number) => (accepted.get(client) ?? 0) > Y.getState(store, client)
  return (
    scan.structs.some(({ client }) => isBehind(client)) ||
    missingReferences(scan, (client) => Y.getState(store, client)).length > 0
  )
}

function endOf({ clock, length }: IdRange): number {
  return clock + length
}

function refused(reason: string): Admission {
  return { kind: 'refused', reason }
}

/** Whether an update builds on what is not here. */
export function lacksSomething(admission: Admission): boolean {
  return (
    admission.kind === 'gap' || (admission.kind === 'refused' && admission.reason === 'causal_gap')
  )
}
