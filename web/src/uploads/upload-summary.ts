import { isSettled } from './upload-state.ts'
import type { Upload } from './upload-queue.ts'

export interface UploadSummary {
  readonly title: string
  /** 0 to 1, over all files that are or were on their way. */
  readonly progress: number
  readonly sentBytes: number
  readonly totalBytes: number
  readonly conflicts: number
  /** Failures that may get through when they are tried again. */
  readonly retryable: number
  readonly isBusy: boolean
  readonly needsAttention: boolean
}

export function summarizeUploads(uploads: readonly Upload[]): UploadSummary {
  const count = (kind: Upload['state']['kind']) =>
    uploads.filter(({ state }) => state.kind === kind).length
  const busy = count('waiting') + count('sending')
  const conflicts = count('conflict')
  const failures = count('failed')
  const paused = count('paused')
  const done = count('done')
  const counted = uploads.filter(({ state }) => !standsStill.has(state.kind))
  const total = counted.reduce((sum, { file }) => sum + file.size, 0)
  const sent = counted.reduce((sum, upload) => sum + sentBytes(upload), 0)
  return {
    title: titleOf({ busy, conflicts, failures, paused, done }),
    progress: total === 0 ? (busy === 0 ? 1 : 0) : sent / total,
    sentBytes: sent,
    totalBytes: total,
    conflicts,
    retryable: uploads.filter(({ state }) => state.kind === 'failed' && state.canRetry).length,
    isBusy: busy > 0,
    needsAttention: conflicts + failures > 0,
  }
}

/** None of these comes any nearer to its end by itself. */
const standsStill: ReadonlySet<string> = new Set(['skipped', 'failed', 'paused'])

interface Counts {
  readonly busy: number
  readonly conflicts: number
  readonly failures: number
  readonly paused: number
  readonly done: number
}

function titleOf({ busy, conflicts, failures, paused, done }: Counts): string {
  if (busy > 0) return `Uploading ${files(busy)}`
  if (conflicts > 0) return `${files(conflicts)} ${conflicts === 1 ? 'needs' : 'need'} a decision`
  if (failures > 0) return `${files(failures)} not uploaded`
  if (paused > 0) return `${files(paused)} paused`
  if (done > 0) return `${files(done)} uploaded`
  return 'Nothing uploaded'
}

function files(count: number): string {
  return count === 1 ? '1 file' : `${count} files`
}

function sentBytes({ state, file }: Upload): number {
  if (isSettled(state)) return file.size
  return 'sentBytes' in state ? state.sentBytes : 0
}
