import { maxBatchBytes, maxBatchFiles } from '@cloudsync/protocol'
import type { Upload } from './upload-queue.ts'

/** Below it a request of its own would cost more than the bytes. */
const maxSmallBytes = 1024 * 1024
/** Above it going on in the middle is worth more than the one request that it takes. */
const minResumableBytes = 8 * 1024 * 1024

/** How a file goes: with others in one request, in a request of its own, or by tus, which may break off and go on. */
export type UploadWay = 'together' | 'alone' | 'resumable'

export function wayOf({ target, file }: Pick<Upload, 'target' | 'file'>): UploadWay {
  if (file.size > minResumableBytes) return 'resumable'
  return target.kind === 'create' && file.size <= maxSmallBytes ? 'together' : 'alone'
}

/** What is to be sent next: the first that waits, and if it is small, those that fit into the same request. */
export function nextToSend(uploads: readonly Upload[]): readonly Upload[] {
  const first = uploads.find(isWaiting)
  if (!first) return []
  if (wayOf(first) !== 'together') return [first]
  const group: Upload[] = []
  let bytes = 0
  for (const upload of uploads) {
    if (!isWaiting(upload) || wayOf(upload) !== 'together') continue
    bytes += upload.file.size
    if (bytes > maxBatchBytes || group.length === maxBatchFiles) break
    group.push(upload)
  }
  return group
}

function isWaiting({ state }: Upload): boolean {
  return state.kind === 'waiting'
}
