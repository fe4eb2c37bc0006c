import type { SyncStore } from '../store/sync-store.ts'
import type { Step } from './plan-run.ts'

export interface GroupLimits {
  readonly batchFiles: number
  readonly batchBytes: number
  /** Fewer than are sent at a time: while some are written, others are on their way. */
  readonly batchDownloads: number
  readonly batchTexts: number
}

/** A larger file goes up by itself, in parts. */
const smallBytes = 1024 * 1024
/** A larger file comes by itself, perhaps as a delta on what is there. */
const smallDownloadBytes = 64 * 1024

/**
 * Which of the ready steps are carried out by one request: small files together, texts together, all else by itself.
 * `undefined` where there is none. With `isMoreComing`, a batch that is not full waits for what will be ready soon.
 */
export function nextGroup(
  ready: Iterable<Step>,
  store: SyncStore,
  limits: GroupLimits,
  isMoreComing: boolean,
): readonly Step[] | undefined {
  let uploads: { steps: ReadonlySet<Step>; isFull: boolean } | undefined
  for (const step of ready) {
    const { kind } = step.operation
    if (kind === 'merge-text') {
      const isText = (one: Step) => one.operation.kind === kind
      return take(ready, limits.batchTexts, isText)
    }
    if (kind === 'download' && isSmallDownload(step, store))
      return smallDownloads(ready, store, limits)
    if (kind !== 'upload-new') return [step]
    uploads ??= smallUploads(ready, store, limits)
    if (uploads.steps.has(step)) {
      if (isMoreComing && !uploads.isFull) continue
      return [...uploads.steps]
    }
    if (sizeToSend(step, store) > smallBytes) return [step]
  }
  return undefined
}

/** Those that change places go one by one, but for deletions on the server, which are one batch to be undone. */
export function nextStructural(ready: Iterable<Step>, trashBatch: number): readonly Step[] {
  const [first] = ready
  if (!first) return []
  if (first.operation.kind !== 'trash-remote') return [first]
  return take(ready, trashBatch, ({ operation }) => operation.kind === 'trash-remote')
}

function smallUploads(
  ready: Iterable<Step>,
  store: SyncStore,
  limits: GroupLimits,
): { steps: ReadonlySet<Step>; isFull: boolean } {
  const steps = new Set<Step>()
  let bytes = 0
  for (const step of ready) {
    if (step.operation.kind !== 'upload-new') continue
    const size = sizeToSend(step, store)
    if (size > smallBytes) continue
    if (steps.size >= limits.batchFiles || bytes + size > limits.batchBytes)
      return { steps, isFull: true }
    bytes += size
    steps.add(step)
  }
  return { steps, isFull: steps.size >= limits.batchFiles }
}

function smallDownloads(ready: Iterable<Step>, store: SyncStore, limits: GroupLimits): Step[] {
  let leftBytes = limits.batchBytes
  return take(ready, limits.batchDownloads, (step) => {
    if (step.operation.kind !== 'download' || !isSmallDownload(step, store)) return false
    const sizeBytes = store.trees.remote.get(step.operation.id)?.sizeBytes ?? 0
    if (sizeBytes > leftBytes) return false
    leftBytes -= sizeBytes
    return true
  })
}

function isSmallDownload({ operation }: Step, store: SyncStore): boolean {
  const sizeBytes = store.trees.remote.get(operation.id)?.sizeBytes
  return typeof sizeBytes === 'number' && sizeBytes < smallDownloadBytes
}

function sizeToSend({ operation }: Step, store: SyncStore): number {
  return store.trees.local.get(operation.id)?.fingerprint?.sizeBytes ?? 0
}

/** The first ones that `isWanted` says yes to. */
function take(ready: Iterable<Step>, limit: number, isWanted: (step: Step) => boolean): Step[] {
  const taken: Step[] = []
  for (const step of ready) {
    if (taken.length === limit) break
    if (isWanted(step)) taken.push(step)
  }
  return taken
}
