import type { EngineState, EngineStatus } from '../../sync/engine/engine-status.ts'
import type { HeldDeletions, WaitReason } from '../../sync/model/plan.ts'
import type { SkippedItem } from '../../sync/scan/scan.ts'
import type { Problem } from '../../sync/store/records.ts'
import type { Link } from '../settings/links.ts'
import type { HeldReport } from './link-methods.ts'

export interface TransferReport {
  readonly path: string
  readonly direction: 'up' | 'down'
  readonly doneBytes: number
  readonly sizeBytes: number | null
}

export interface LeftOutReport {
  readonly reason: Exclude<SkippedItem['reason'], 'ignored'>
  readonly count: number
  /** The first of them. */
  readonly sample: readonly string[]
}

/** How a link stands; JSON, of which fields are added and never change their meaning. */
export interface LinkStatus {
  readonly id: string
  readonly path: string
  readonly title: string
  readonly server: string
  /** `false`: no process keeps it in step. What follows is as the last one left it. */
  readonly isRunning: boolean
  readonly state: EngineState
  /** Why, where that is worth a word. */
  readonly detail: string | null
  readonly items: { readonly local: number; readonly remote: number; readonly synced: number }
  readonly stepsLeft: number
  /** Of those that were to be done when all was last in step. */
  readonly stepsInAll: number
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly sendBytesPerSecond: number
  readonly receiveBytesPerSecond: number
  readonly transfers: readonly TransferReport[]
  readonly problems: readonly Problem[]
  readonly problemCount: number
  /** How many of them are symbolic links that lead out: these stay on the server, and nobody has to do anything. */
  readonly unsafeLinkCount: number
  readonly held: readonly HeldReport[]
  /** How many items have to wait, by why. */
  readonly waiting: Partial<Record<WaitReason, number>>
  readonly unreadable: readonly string[]
  /** What lies in the folder and cannot be synced, for each reason; what rules leave out is not among it. */
  readonly leftOut: readonly LeftOutReport[]
  readonly openConflicts: number
  readonly lastScanAtMs: number | null
}

/** Those that pass by themselves are nothing to tell of. */
const passing: readonly WaitReason[] = [
  'next-plan',
  'unread',
  'no-parent',
  'in-transit',
  'ignored',
  'unselected',
  'held',
]

/** What waits until a person does something. */
export function tellingWaits({ waiting }: Pick<LinkStatus, 'waiting'>): [WaitReason, number][] {
  const all = Object.entries(waiting) as [WaitReason, number][]
  return all.filter(([reason, amount]) => amount > 0 && !passing.includes(reason))
}

/** Whether something does not go on without a person. */
export function needsAttention(status: LinkStatus): boolean {
  const { held, problemCount, unsafeLinkCount, openConflicts, state, unreadable, leftOut } = status
  return (
    held.length > 0 ||
    problemCount > unsafeLinkCount ||
    openConflicts > 0 ||
    state === 'missing' ||
    unreadable.length > 0 ||
    tellingWaits(status).length > 0 ||
    leftOut.some(({ reason }) => reason === 'name' || reason === 'ill-formed-name')
  )
}

export function isUnsafeLink({ code }: Problem): boolean {
  return code === 'unsafe_link'
}

const shownProblems = 50
const shownTransfers = 50
const shownLeftOut = 5

export interface StatusParts {
  readonly link: Link
  readonly isRunning: boolean
  readonly engine: EngineStatus
  readonly stepsInAll: number
  readonly openConflicts: number
}

export function presentStatus(parts: StatusParts): LinkStatus {
  const { link, isRunning, engine, stepsInAll, openConflicts } = parts
  return {
    id: link.id,
    path: link.path,
    title: link.title,
    server: link.server,
    isRunning,
    state: link.isPaused && engine.state !== 'missing' ? 'paused' : engine.state,
    detail: engine.detail ?? null,
    items: engine.files,
    stepsLeft: engine.stepsLeft,
    stepsInAll: Math.max(stepsInAll, engine.stepsLeft),
    sentBytes: engine.sentBytes,
    receivedBytes: engine.receivedBytes,
    sendBytesPerSecond: engine.rates.upBytesPerSecond,
    receiveBytesPerSecond: engine.rates.downBytesPerSecond,
    transfers: engine.transfers
      .slice(0, shownTransfers)
      .map(({ path, direction, doneBytes, sizeBytes }) => ({
        path,
        direction,
        doneBytes,
        sizeBytes,
      })),
    problems: engine.problems.slice(0, shownProblems),
    problemCount: engine.problems.length,
    unsafeLinkCount: engine.problems.filter(isUnsafeLink).length,
    held: engine.held.map(presentHeld),
    waiting: countWaiting(engine.waiting.values()),
    unreadable: engine.unreadable.map(({ path }) => path.join('/')),
    leftOut: presentLeftOut(engine.skipped),
    openConflicts,
    lastScanAtMs: engine.lastScanAtMs ?? null,
  }
}

export function presentHeld(held: HeldDeletions): HeldReport {
  const { side, files, folders, filesInAll, sample } = held
  return { side, files, folders, filesInAll, sample }
}

function presentLeftOut(skipped: readonly SkippedItem[]): LeftOutReport[] {
  const paths = new Map<LeftOutReport['reason'], string[]>()
  for (const { path, reason } of skipped) {
    if (reason === 'ignored') continue
    const known = paths.get(reason)
    if (known) known.push(path.join('/'))
    else paths.set(reason, [path.join('/')])
  }
  return [...paths].map(([reason, all]) => ({
    reason,
    count: all.length,
    sample: all.toSorted().slice(0, shownLeftOut),
  }))
}

function countWaiting(reasons: Iterable<WaitReason>): Partial<Record<WaitReason, number>> {
  const counts: Partial<Record<WaitReason, number>> = {}
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}
