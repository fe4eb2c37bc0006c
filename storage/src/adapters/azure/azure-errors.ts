import { RestError } from '@azure/storage-blob'
import {
  BlobStoreFullError,
  BlobStoreUnauthorizedError,
  BlobStoreUnavailableError,
} from '../../blob-store-errors.ts'
import { isPassing } from '../remote/service-failure.ts'

/** https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof RestError && statuses.includes(error.statusCode ?? 0)
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof RestError && codes.includes(error.code ?? '')
}

/** HEAD has no body: its 404 is that of the blob, or of the container. */
export function isNotFound(error: unknown): boolean {
  return hasStatus(error, 404) && !hasCode(error, 'ContainerNotFound')
}

/** The port's error, when it is the service that refused or failed. */
export function translateAzure(operation: string): (error: unknown) => Error | undefined {
  return (error) => {
    // So the SDK says that an answer has no length.
    if (error instanceof RangeError)
      return new BlobStoreUnavailableError(operation, 'the answer has no length', {
        cause: error,
        retryable: true,
      })
    if (!(error instanceof RestError) || error.statusCode === undefined) return undefined
    const { statusCode: status } = error
    if (hasCode(error, 'ContainerNotFound'))
      return new BlobStoreUnavailableError(operation, 'there is no such container', {
        cause: error,
        retryable: false,
      })
    const reason = /^[A-Za-z]+$/.test(error.code ?? '') ? `${error.code}` : `HTTP ${status}`
    if (status === 401 || status === 403)
      return new BlobStoreUnauthorizedError(operation, reason, { cause: error })
    if (status === 507) return new BlobStoreFullError(operation, { cause: error })
    const retryable =
      // What came with a good status and makes no sense was damaged on the way.
      status < 300 || isPassing(status) || hasCode(error, 'InvalidBlockList')
    return new BlobStoreUnavailableError(operation, reason, { cause: error, retryable })
  }
}
