import type { Sha256 } from '@cloudsync/storage'

export class ContentNotFoundError extends Error {
  override readonly name = 'ContentNotFoundError'
  readonly sha256: Sha256

  constructor(sha256: Sha256, options?: ErrorOptions) {
    super(`There is no content ${sha256}`, options)
    this.sha256 = sha256
  }
}

/** What is stored of it is not the content: the medium or someone changed it. */
export class CorruptContentError extends Error {
  override readonly name = 'CorruptContentError'
  readonly sha256: Sha256

  constructor(sha256: Sha256, reason: string, options?: ErrorOptions) {
    super(`The content ${sha256} is damaged: ${reason}`, options)
    this.sha256 = sha256
  }
}

/** The content is larger than the caller accepts. */
export class ContentTooLargeError extends Error {
  override readonly name = 'ContentTooLargeError'
  readonly maxBytes: number

  constructor(maxBytes: number) {
    super(`The content has more than ${maxBytes} bytes`)
    this.maxBytes = maxBytes
  }
}
