import { BlobStoreFullError, BlobStoreUnavailableError } from './blob-store-errors.ts'

const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** ENOENT is here because what a call needs is checked first: a folder went away under it. */
const passing = new Set([
  'EAGAIN',
  'EBUSY',
  'EINTR',
  'EMFILE',
  'ENFILE',
  'ENOENT',
  'ESTALE',
  'ETIMEDOUT',
])

export function errnoCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The port's error for a failed system call. The message carries no path: it may reach a client. */
export function toBlobStoreError(operation: string, error: unknown): Error {
  const code = errnoCode(error) ?? 'unknown error'
  if (noRoom.has(code)) return new BlobStoreFullError(operation, { cause: error })
  return new BlobStoreUnavailableError(operation, code, {
    cause: error,
    retryable: passing.has(code),
  })
}

/**
 * Awaits a system call of our own and translates its error. Only such calls go through here: an
 * error of the caller's body may have the same shape and must come back as it is.
 */
export async function fsCall<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw toBlobStoreError(operation, error)
  }
}

/** As `fsCall`, but `undefined` when there is no such file. */
export async function fsFind<T>(operation: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined
    throw toBlobStoreError(operation, error)
  }
}
