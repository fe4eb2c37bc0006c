import { XMLParser } from 'fast-xml-parser'
import {
  BlobStoreFullError,
  BlobStoreUnauthorizedError,
  BlobStoreUnavailableError,
} from '../../blob-store-errors.ts'
import { isPassing, ServiceFailure } from '../remote/service-failure.ts'

/**
 * What is not XML, as a proxy's page, has no code but its status.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function s3Failure(status: number, text: string): ServiceFailure {
  const code = /<Code>([A-Za-z0-9.]{1,100})<\/Code>/.exec(text)?.[1]
  return new ServiceFailure(status, code)
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof ServiceFailure && codes.includes(error.code)
}

/** HEAD has no body, and so no code: its 404 is that of the object, or of the bucket. */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, 'NoSuchKey', 'HTTP 404')
}

const unauthorized = new Set([
  'AccessDenied',
  'AccountProblem',
  'AllAccessDisabled',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'HTTP 401',
  'HTTP 403',
])

const full = new Set(['QuotaExceeded', 'ServiceQuotaExceeded', 'XMinioStorageFull', 'HTTP 507'])

const passing = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'OperationAborted',
  'RequestTimeout',
  'XAmzContentSHA256Mismatch',
])

/** The port's error, when it is the service that refused or failed. */
export function translateS3(operation: string): (error: unknown) => Error | undefined {
  return (error) => {
    if (!(error instanceof ServiceFailure)) return undefined
    const { code, status } = error
    if (unauthorized.has(code))
      return new BlobStoreUnauthorizedError(operation, code, { cause: error })
    if (full.has(code) || status === 507) return new BlobStoreFullError(operation, { cause: error })
    const retryable = passing.has(code) || isPassingOfS3(status)
    const reason = code === 'NoSuchBucket' ? 'there is no such bucket' : code
    return new BlobStoreUnavailableError(operation, reason, { cause: error, retryable })
  }
}

/** What came with a good status and makes no sense was damaged on the way. */
function isPassingOfS3(status: number): boolean {
  return status < 300 || (status !== 501 && isPassing(status))
}

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === 'Contents' || name === 'Part',
})

/** Reads an answer's document. Throws when it is none, as what a proxy sends with status 200. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  // The parser would take what was cut off for whole, and a page for the last.
  if (!text.trimEnd().endsWith(`</${root}>`)) throw new ServiceFailure(200, `no whole ${root}`)
  const document = parser.parse(text) as Record<string, unknown>
  const element = document[root]
  if (element === '') return {}
  if (typeof element !== 'object' || element === null) throw new ServiceFailure(200, `no ${root}`)
  return element as Record<string, unknown>
}
