/** Where the system refuses something on the disk. */
export class DiskError extends Error {
  /** As the system names it (`EIO`, `ENOSPC`), or `changed` where a file changed while it was read. */
  readonly code: string

  constructor(code: string, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, { cause })
    this.name = 'DiskError'
    this.code = code
  }
}

/** The server cannot be reached, or asks for patience. Nobody knows whether what was asked was done. */
export class RemoteError extends Error {
  readonly code: string
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined

  constructor(code: string, detail: string, retryAfterMs?: number, cause?: unknown) {
    super(`${code}: ${detail}`, { cause })
    this.name = 'RemoteError'
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/**
 * Where what is remembered cannot be written, as the disk is full or fails. Nothing of the transaction is there; whoever
 * has acted on the world before begins anew, as after a crash.
 */
export class StoreError extends Error {
  constructor(detail: string, cause?: unknown) {
    super(`the database of the client cannot be written: ${detail}`, { cause })
    this.name = 'StoreError'
  }
}
