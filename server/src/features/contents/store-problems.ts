import {
  BlobStoreFullError,
  BlobStoreUnauthorizedError,
  BlobStoreUnavailableError,
} from '@cloudsync/storage'
import { ProblemError } from '#platform/problem-error.ts'

/** Throws `storage_full` and `unavailable` where the store is. */
export async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw toProblem(error)
  }
}

/** What a store fails with, as a problem; everything else as it is. */
export function toProblem(cause: unknown): unknown {
  if (cause instanceof BlobStoreFullError) return new ProblemError('storage_full', { cause })
  // Also where only an operator can help: callers can do no more than come again.
  const isAway =
    cause instanceof BlobStoreUnavailableError || cause instanceof BlobStoreUnauthorizedError
  return isAway
    ? new ProblemError('unavailable', { cause, headers: { 'retry-after': '2' } })
    : cause
}
