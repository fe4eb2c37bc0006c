import { BlobStoreFullError, BlobStoreUnavailableError } from '@cloudsync/storage'
import { ProblemError } from '#platform/problem-error.ts'

/** Throws `storage_full` and a retryable `unavailable` where the store does. */
export async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (cause) {
    if (cause instanceof BlobStoreFullError) throw new ProblemError('storage_full', { cause })
    if (cause instanceof BlobStoreUnavailableError && cause.retryable)
      throw new ProblemError('unavailable', { cause, headers: { 'retry-after': '2' } })
    throw cause
  }
}
