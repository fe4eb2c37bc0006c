import type { SyncStore } from '../store/sync-store.ts'
import type { Step } from './plan-run.ts'

export interface GroupLimits {
  readonly batchFiles: number
  readonly batchBytes: number
  readonly batchTexts: number
}

/** A larger file goes up by itself, in parts. */
const smallBytes = 1024 * 1024

/**
 * Which of the ready steps are carried out by one request: small new files together, texts together, all else by itself.
 * `undefined` where there is none. With `isMoreComing`, a batch that is not full waits for what will be ready soon.
 */
export function nextGroup(
  ready: readonly Step[],
  store: SyncStore,
  limits: GroupLimits,
  isMoreComing: boolean,
): readonly Step[] | undefined {
  for (const step of ready) {
    const { kind } = step.operation
    if (kind === 'merge-text')
      return ready.filter(({ operation }) => operation.kind === kind).slice(0, limits.batchTexts)
    if (kind !== 'upload-new') return [step]
    const group = smallUploads(ready, store, limits)
    const isFull = group.length >= limits.batchFiles
    if (group.includes(step)) {
      if (isMoreComing && !isFull) continue
      return group
    }
    if (sizeOf(step, store) > smallBytes) return [step]
  }
  return undefined
}

function smallUploads(ready: readonly Step[], store: SyncStore, limits: GroupLimits): Step[] {
  const group: Step[] = []
  let bytes = 0
  for (const step of ready) {
    if (step.operation.kind !== 'upload-new') continue
    const size = sizeOf(step, store)
    if (size > smallBytes) continue
    if (group.length >= limits.batchFiles || bytes + size > limits.batchBytes) break
    bytes += size
    group.push(step)
  }
  return group
}

function sizeOf({ operation }: Step, store: SyncStore): number {
  return store.trees.local.get(operation.id)?.fingerprint?.sizeBytes ?? 0
}
