import {
  BlobStoreFullError,
  BlobStoreUnauthorizedError,
  BlobStoreUnavailableError,
} from '../../blob-store-errors.ts'
import { isPassing, ServiceFailure } from '../remote/service-failure.ts'

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export function gcsFailure(status: number, text: string): ServiceFailure {
  const reason = /"reason"\s*:\s*"([A-Za-z]{1,100})"/.exec(text)?.[1]
  return new ServiceFailure(status, reason)
}

export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof ServiceFailure && statuses.includes(error.status)
}

const busy = new Set(['rateLimitExceeded', 'userRateLimitExceeded'])
const full = new Set(['quotaExceeded', 'storageQuotaExceeded'])

/** The port's error, when it is the service that refused or failed. */
export function translateGcs(operation: string): (error: unknown) => Error | undefined {
  return (error) => {
    // What came with a good status and makes no sense was damaged on the way.
    if (error instanceof SyntaxError)
      return new BlobStoreUnavailableError(operation, 'its answer was damaged', {
        cause: error,
        retryable: true,
      })
    if (!(error instanceof ServiceFailure)) return undefined
    const { status, code: reason } = error
    if (full.has(reason) || status === 507)
      return new BlobStoreFullError(operation, { cause: error })
    if ((status === 401 || status === 403) && !busy.has(reason))
      return new BlobStoreUnauthorizedError(operation, reason, { cause: error })
    const retryable = isPassing(status) || busy.has(reason)
    // An object that is not there is no failure; what is left is the bucket.
    const told = status === 404 ? 'there is no such bucket' : reason
    return new BlobStoreUnavailableError(operation, told, { cause: error, retryable })
  }
}
