/**
 * What a store may fail with. Adapters translate their SDK's or the system's errors into these and
 * keep the original as `cause`; nothing else leaves a store but an abort's own reason and an error
 * that the caller's body threw.
 */
export abstract class BlobStoreError extends Error {
  abstract override readonly name: string
  /** Whether the same call, unchanged, may succeed in a moment. The retrying decorator reads it. */
  abstract readonly retryable: boolean
}

export class InvalidBlobKeyError extends BlobStoreError {
  override readonly name = 'InvalidBlobKeyError'
  readonly retryable = false
  readonly key: string

  constructor(key: string) {
    super(`${JSON.stringify(key.slice(0, 100))} is not a valid key or prefix`)
    this.key = key
  }
}

export class BlobNotFoundError extends BlobStoreError {
  override readonly name = 'BlobNotFoundError'
  readonly retryable = false
  readonly key: string

  constructor(key: string, options?: ErrorOptions) {
    super(`There is no object ${key}`, options)
    this.key = key
  }
}

/** The range is empty, or does not lie inside the object. */
export class BlobRangeError extends BlobStoreError {
  override readonly name = 'BlobRangeError'
  readonly retryable = false
  readonly key: string
  readonly start: number
  readonly end: number
  readonly sizeBytes: number

  constructor(key: string, range: { start: number; end: number }, sizeBytes: number) {
    super(`Bytes ${range.start} to ${range.end} are not a range of ${key} (${sizeBytes} bytes)`)
    this.key = key
    this.start = range.start
    this.end = range.end
    this.sizeBytes = sizeBytes
  }
}

/** A body gave more or fewer bytes than it announced; nothing was stored. */
export class BlobSizeMismatchError extends BlobStoreError {
  override readonly name = 'BlobSizeMismatchError'
  readonly retryable = false
  readonly key: string
  readonly announcedBytes: number

  constructor(key: string, announcedBytes: number, actual: 'more' | 'fewer') {
    super(`The body for ${key} has ${actual} bytes than the ${announcedBytes} announced`)
    this.key = key
    this.announcedBytes = announcedBytes
  }
}

/** The medium or the quota is full; nothing was stored. */
export class BlobStoreFullError extends BlobStoreError {
  override readonly name = 'BlobStoreFullError'
  /** A moment's wait frees no space. */
  readonly retryable = false

  constructor(operation: string, options?: ErrorOptions) {
    super(`The store has no room left (${operation})`, options)
  }
}

/** The store could not be reached, or could not do what it should. For a write the outcome is unknown. */
export class BlobStoreUnavailableError extends BlobStoreError {
  override readonly name = 'BlobStoreUnavailableError'
  readonly retryable: boolean
  readonly operation: string

  constructor(operation: string, reason: string, options: ErrorOptions & { retryable: boolean }) {
    super(`The store failed to ${operation}: ${reason}`, options)
    this.operation = operation
    this.retryable = options.retryable
  }
}

/** The store knows our credentials not, or does not let them do this. */
export class BlobStoreUnauthorizedError extends BlobStoreError {
  override readonly name = 'BlobStoreUnauthorizedError'
  readonly retryable = false
  readonly operation: string

  constructor(operation: string, reason: string, options?: ErrorOptions) {
    super(`The store refuses our credentials (${operation}): ${reason}`, options)
    this.operation = operation
  }
}

/** The store cannot do this at all; its capabilities say so beforehand. */
export class BlobOperationUnsupportedError extends BlobStoreError {
  override readonly name = 'BlobOperationUnsupportedError'
  readonly retryable = false

  constructor(operation: string) {
    super(`The store does not support ${operation}`)
  }
}

/** The upload was completed, aborted or discarded, or belongs to another key. */
export class BlobUploadNotFoundError extends BlobStoreError {
  override readonly name = 'BlobUploadNotFoundError'
  readonly retryable = false
  readonly uploadId: string

  constructor(uploadId: string, options?: ErrorOptions) {
    super(`There is no upload ${JSON.stringify(uploadId.slice(0, 100))}`, options)
    this.uploadId = uploadId
  }
}

/** A part that is missing, out of order, outside the limits, or not the one that was uploaded. */
export class BlobUploadPartError extends BlobStoreError {
  override readonly name = 'BlobUploadPartError'
  readonly retryable = false
  readonly uploadId: string
  readonly partNumber: number | undefined

  constructor(uploadId: string, partNumber: number | undefined, reason: string) {
    super(`Upload ${uploadId}, part ${partNumber ?? 'none'}: ${reason}`)
    this.uploadId = uploadId
    this.partNumber = partNumber
  }
}
