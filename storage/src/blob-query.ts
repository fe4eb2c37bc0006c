import { maxListLimit } from './blob-store.ts'
import type { BlobPart, BlobUpload, ByteRange, ListQuery, MultipartLimits } from './blob-store.ts'
import { blobKeyPrefix } from './blob-key.ts'
import { BlobRangeError, BlobUploadPartError } from './blob-store-errors.ts'

/** What the port asks of its callers, for adapters to check in the same way. */

/** Throws `BlobRangeError` unless 0 ≤ start < end ≤ size. */
export function checkRange(key: string, range: ByteRange, sizeBytes: number): void {
  const { start, end } = range
  const whole = Number.isSafeInteger(start) && Number.isSafeInteger(end)
  if (!whole || start < 0 || start >= end || end > sizeBytes)
    throw new BlobRangeError(key, range, sizeBytes)
}

export interface ListSpan {
  readonly prefix: string
  /** Only keys that sort after this. */
  readonly after: string
  readonly limit: number
}

/** For stores whose cursor is the last key of the page before. */
export function listSpan(query: ListQuery): ListSpan {
  const limit = query.limit ?? maxListLimit
  if (!Number.isInteger(limit) || limit < 1 || limit > maxListLimit)
    throw new RangeError(`limit must be 1 to ${maxListLimit}, not ${limit}`)
  return { prefix: blobKeyPrefix(query.prefix ?? ''), after: query.cursor ?? '', limit }
}

export function checkPartLimits(
  upload: BlobUpload,
  partNumber: number,
  sizeBytes: number,
  limits: MultipartLimits,
): void {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > limits.maxParts)
    throw new BlobUploadPartError(upload.uploadId, partNumber, `not 1 to ${limits.maxParts}`)
  if (sizeBytes > limits.maxPartBytes)
    throw new BlobUploadPartError(upload.uploadId, partNumber, `above ${limits.maxPartBytes} bytes`)
}

/** Throws `BlobUploadPartError` unless there are parts and their numbers ascend. */
export function checkPartOrder(upload: BlobUpload, parts: readonly BlobPart[]): void {
  if (parts.length === 0)
    throw new BlobUploadPartError(upload.uploadId, undefined, 'there must be one')
  let previous = 0
  for (const { partNumber } of parts) {
    if (partNumber <= previous)
      throw new BlobUploadPartError(upload.uploadId, partNumber, 'numbers must ascend')
    previous = partNumber
  }
}
